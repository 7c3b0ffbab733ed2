"""Members and their seeds."""

from __future__ import annotations

from isinglass.learning.members import column, member_seed, product


def test_product_has_every_place_once() -> None:
    members = product(folds=3, members=4, seed=7, settings=[{}, {"rate": 0.1}])
    assert [m.index for m in members] == list(range(24))
    assert len({(m.fold, m.number, m.setting) for m in members}) == 24
    assert len({m.seed for m in members}) == 24


def test_a_seed_does_not_depend_on_the_population() -> None:
    small, large = product(folds=2, members=2, seed=7), product(folds=5, members=9, seed=7)
    assert {(m.fold, m.number): m.seed for m in small}.items() <= {(m.fold, m.number): m.seed for m in large}.items()


def test_seeds_are_63_bits_and_the_same_for_ever() -> None:
    assert member_seed(0, 0, 0, 0) == 5854343820274218872
    assert all(0 <= member_seed(i, "pass") < 2**63 for i in range(100))


def test_own_settings_override() -> None:
    members = product(folds=1, members=1, seed=0, settings=[{}, {"rate": 0.1}])
    assert column(members, "rate", 0.3).tolist() == [0.3, 0.1]
