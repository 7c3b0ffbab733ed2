"""The bags of the members: EMTnet's rule (lectures, example 20), streaming, few units, speed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isinglass.data.bagging import draw, membership
from isinglass.data.hashing import hash_values, mix
from isinglass.errors import SplitError
from isinglass.spec import Role

SEEDS = np.arange(16)


def bags(n, **options):
    role = np.full((1, n), Role.TRAIN, np.int8)
    return membership(hash_values(np.arange(n)), role, np.zeros(16, int), SEEDS, **options)


def test_every_network_trains_on_three_quarters_and_is_tested_by_the_rest():
    member = bags(20_000)
    in_bag = np.mean((member == Role.TRAIN) | (member == Role.STOP), axis=1)
    # Sixteen means of 20,000 draws with probability 0.75: standard deviation 0.003.
    assert np.abs(in_bag - 0.75).max() < 0.012
    assert np.mean(member == Role.STOP) == pytest.approx(0.75 * 0.1, abs=0.005)
    assert (in_bag + np.mean(member == Role.OUT, axis=1) == 1.0).all()


def test_members_and_rows_are_independent():
    out = bags(20_000) == Role.OUT
    pairs = [np.mean(out[a] & out[b]) for a, b in itertools.combinations(range(16), 2)]
    assert np.mean(pairs) == pytest.approx(1 / 16, abs=0.001)
    assert np.abs(np.array(pairs) - 1 / 16).max() < 0.01
    # Out of k of 16 bags: binomial.
    counts = np.bincount(out.sum(0), minlength=17) / 20_000
    assert counts[0] == pytest.approx(0.75**16, abs=0.004)
    assert counts[4] == pytest.approx(1820 * 0.25**4 * 0.75**12, abs=0.015)


def test_stopping_is_independent_of_the_bag():
    member = bags(50_000)
    shares = np.sum(member == Role.STOP, axis=1) / np.sum(member != Role.OUT, axis=1)
    assert np.abs(shares - 0.1).max() < 0.01


def test_chunks_of_a_stream_are_drawn_like_the_whole():
    units = hash_values(np.arange(200_001))
    whole = draw(units, 5, in_bag=0.75, stop=0.1)
    pieces = [draw(units[at : at + 977], 5, in_bag=0.75, stop=0.1) for at in range(0, 200_001, 977)]
    assert (np.concatenate(pieces) == whole).all()
    role = np.ones((1, len(units)), np.int8)
    assert (membership(units, role, np.zeros(1, int), np.array([5])) == whole).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 40), st.integers(0, 1000), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
def test_with_few_units_every_member_can_learn_and_stop(count, seed, in_bag, stop):
    units = np.repeat(mix(np.arange(count).astype(np.uint64)), 3)
    role = np.ones((1, 3 * count), np.int8)
    member = membership(units, role, np.zeros(4, int), np.arange(seed, seed + 4), in_bag=in_bag, stop=stop)
    for row in member:
        present = {Role.TRAIN, Role.STOP} | ({Role.OUT} if count > 2 else set())
        assert set(row) == present
        assert (row[::3] == row[1::3]).all()
        assert (row[::3] == row[2::3]).all()


def test_seven_buoys():
    units = hash_values(np.repeat(np.arange(7), 100))
    member = membership(units, np.ones((1, 700), np.int8), np.zeros(16, int), SEEDS)
    assert {tuple(np.bincount(row, minlength=4)) for row in member} == {(0, 400, 100, 200)}
    assert len({tuple(row) for row in member}) > 10


def test_each_fold_keeps_its_test_and_unused_rows():
    role = np.random.default_rng(0).choice([Role.UNUSED, Role.TRAIN, Role.TEST], (3, 5000)).astype(np.int8)
    fold = np.array([2, 0, 1, 2])
    member = membership(hash_values(np.arange(5000)), role, fold, np.arange(4))
    for row, index in zip(member, fold, strict=True):
        for kept in (Role.UNUSED, Role.TEST):
            assert ((row == kept) == (role[index] == kept)).all()


def test_the_order_of_the_rows_does_not_matter():
    order = np.random.default_rng(0).permutation(600)
    units, role = hash_values(np.arange(600)), np.ones((1, 600), np.int8)
    first = membership(units, role, np.zeros(2, int), np.arange(2))
    assert (membership(units[order], role, np.zeros(2, int), np.arange(2)) == first[:, order]).all()


def test_one_unit_is_refused():
    with pytest.raises(SplitError, match="cannot be divided into training and stopping"):
        membership(np.zeros(9, np.uint64), np.ones((1, 9), np.int8), np.zeros(1, int), np.zeros(1, int))


@pytest.mark.parametrize("count", [40, 5000])
def test_a_whole_bag_leaves_nothing_out_and_no_stop_means_none(count: int):
    units = mix(np.arange(count, dtype=np.uint64))
    (member,) = membership(units, np.ones((1, count), np.int8), np.zeros(1, int), SEEDS[:1], in_bag=1.0, stop=0.0)
    assert (member == Role.TRAIN).all()


@pytest.mark.slow
def test_five_million_rows_and_sixteen_members_take_a_byte_each():
    units = mix(np.arange(5_000_000, dtype=np.uint64))
    member = membership(units, np.ones((1, len(units)), np.int8), np.zeros(16, int), SEEDS)
    assert member.nbytes == 80_000_000
