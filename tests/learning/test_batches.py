"""A member's batches are its own business."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isinglass.errors import TrainingError
from isinglass.learning.batches import Batches, role_index
from isinglass.learning.members import product
from isinglass.spec import Role


def test_every_pass_sees_every_row_once(make_problem) -> None:
    members = product(folds=1, members=2, seed=0)
    problem = make_problem(members)
    batches = Batches(problem.rows, members, 10)
    rows = problem.rows.of(1, Role.TRAIN).tolist()
    seen = batches.take(torch.tensor([0, 1]), 0, 60)[1].flatten().tolist()
    for number in range(600 // len(rows)):
        part = seen[number * len(rows) : (number + 1) * len(rows)]
        assert Counter(part) == Counter(rows)
        assert part != rows  # shuffled


@given(first=st.integers(0, 200), steps=st.integers(1, 50), batch=st.integers(1, 300))
def test_batches_are_a_function_of_the_step(first: int, steps: int, batch: int) -> None:
    from isinglass.learning.batches import Stream

    rows = torch.arange(37, dtype=torch.int32).numpy()
    whole = Stream(rows, seed=5).take(0, (first + steps) * batch)
    part = Stream(rows, seed=5).take(first * batch, (first + steps) * batch)
    assert (whole[first * batch :] == part).all()


def test_alone_as_in_company(make_problem) -> None:
    members = product(folds=2, members=2, seed=0)
    problem = make_problem(members)
    together = Batches(problem.rows, members, 8).take(torch.arange(4), 3, 20)
    alone = Batches(problem.rows.take(torch.tensor([2])), members[2:3], 8).take(torch.tensor([0]), 3, 20)
    assert torch.equal(together[2:3], alone)


def test_full_batches_hold_all_rows_and_padding_at_the_end(make_problem) -> None:
    members = product(folds=1, members=3, seed=0)
    problem = make_problem(members)
    index = Batches(problem.rows, members, "full").take(torch.arange(3), 0, 2)
    for i in range(3):
        rows = problem.rows.of(i, Role.TRAIN)
        assert index[i, 0, : len(rows)].tolist() == rows.tolist()
        assert bool((index[i, :, len(rows) :] == -1).all())


def test_a_member_without_rows_is_an_error(make_problem) -> None:
    members = product(folds=1, members=2, seed=0)
    problem = make_problem(members)
    problem.rows.role[1] = int(Role.OUT)
    with pytest.raises(TrainingError, match="network 1 of fold 0 has no rows"):
        Batches(problem.rows, members, 8)


def test_of_very_many_rows_a_spread_sample(make_problem) -> None:
    problem = make_problem(2)
    index = role_index(problem.rows, Role.TRAIN, most=10)
    rows = problem.rows.of(0, Role.TRAIN)
    assert index.shape == (2, 10)
    assert index[0, 0] == rows[0]
    assert index[0, -1] == rows[-1]
