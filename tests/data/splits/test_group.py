"""Whole groups."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from isinglass.data.hashing import hash_values
from isinglass.data.splits import Rows, group
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task


def rows_of(groups):
    n = len(groups)
    return Rows(hash_values(np.arange(n)), np.zeros((n, 1)), Task.REGRESSION, {"group": np.asarray(groups)})


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=5, max_size=100), st.integers(0, 5))
def test_no_group_is_divided(groups, seed):
    groups = np.array(groups)
    if len(np.unique(groups)) < 2:
        return
    for parts in (
        group.sealed(rows_of(groups), SplitRecipe(), seed),
        group.folds(rows_of(groups), SplitRecipe(), 2, seed),
    ):
        for fold in parts.role:
            assert not set(groups[fold == Role.TEST]) & set(groups[fold == Role.TRAIN])
            assert {Role.TEST, Role.TRAIN} == set(fold)


def test_as_many_folds_as_groups_leave_one_group_out():
    groups = np.random.default_rng(0).integers(0, 8, 200)
    ours = {tuple(np.flatnonzero(fold == Role.TEST)) for fold in group.folds(rows_of(groups), SplitRecipe(), 8, 0).role}
    theirs = {tuple(test) for _, test in LeaveOneGroupOut().split(groups, groups=groups)}
    assert ours == theirs


def test_folds_are_as_even_as_scikit_learns():
    groups = np.random.default_rng(0).geometric(0.08, 1000)
    ours = (group.folds(rows_of(groups), SplitRecipe(), 5, 0).role == Role.TEST).sum(1)
    theirs = [len(test) for _, test in GroupKFold(5).split(groups, groups=groups)]
    assert np.ptp(ours) <= np.ptp(theirs)


@pytest.mark.parametrize("seed", range(5))
def test_the_sealed_part_is_near_the_wanted_size(seed):
    groups = np.random.default_rng(seed).integers(0, 60, 3000)
    assert np.mean(group.sealed(rows_of(groups), SplitRecipe(), seed).role == Role.TEST) == pytest.approx(0.2, abs=0.01)


def test_one_giant_group_is_not_taken_for_a_fifth():
    groups = np.repeat(np.arange(21), [900] + [5] * 20)
    test = group.sealed(rows_of(groups), SplitRecipe(), 0).role[0] == Role.TEST
    assert 0 not in groups[test]
