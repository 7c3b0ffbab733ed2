"""The past predicts the future."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from isinglass.data.hashing import hash_values
from isinglass.data.splits import Rows, time
from isinglass.errors import SplitError
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task


def rows_of(times):
    n = len(times)
    coords = {"time": np.asarray(times, float)}
    return Rows(hash_values(np.arange(n)), np.zeros((n, 1)), Task.REGRESSION, coords)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=4, max_size=60), st.sampled_from([0.0, 1.0, 3.0]), st.integers(2, 4))
def test_training_rows_lie_before_the_gap_before_the_test_rows(times, gap, count):
    times, recipe = np.array(times, float), SplitRecipe(gap=gap)
    for make in (lambda: time.sealed(rows_of(times), recipe, 0), lambda: time.folds(rows_of(times), recipe, count, 0)):
        try:
            parts = make()
        except SplitError:
            continue
        for fold in parts.role:
            first = times[fold == Role.TEST].min()
            last = times[fold == Role.TRAIN].max()
            assert last < first
            assert first - last >= gap


def test_the_latest_fifth_is_tested_and_the_notes_speak():
    times = np.random.default_rng(0).permutation(100)
    parts = time.sealed(rows_of(times), SplitRecipe(gap=5), 0)
    assert (times[parts.role[0] == Role.TEST] >= 80).all()
    assert (parts.role[0] == Role.TEST).sum() == 20
    assert times[parts.role[0] == Role.TRAIN].max() == 75
    assert parts.notes[0].startswith("the rows are not sorted by time")
    assert parts.notes[1] == "4 rows in the gap before test rows are left unused"


def test_forward_chaining_is_scikit_learns():
    parts = time.folds(rows_of(np.arange(120)), SplitRecipe(), 5, 0)
    for fold, (train, test) in zip(parts.role, TimeSeriesSplit(5).split(np.arange(120)), strict=True):
        assert np.flatnonzero(fold == Role.TEST).tolist() == test.tolist()
        assert np.flatnonzero(fold == Role.TRAIN).tolist() == train.tolist()
    assert parts.notes == ("20 rows before the first test stretch are trained on and never tested",)


def test_rows_at_the_same_time_stay_together():
    times = np.repeat(np.arange(10), 30)
    parts = time.sealed(rows_of(times), SplitRecipe(test=0.15), 0)
    assert np.unique(times[parts.role[0] == Role.TEST]).tolist() == [8, 9]


def test_many_rows_at_one_time_still_give_every_fold_its_rows():
    times = np.concatenate([np.zeros(100), np.arange(1, 6)])
    parts = time.folds(rows_of(times), SplitRecipe(), 5, 0)
    assert ((parts.role == Role.TEST).sum(1) >= 1).all()


def test_the_bag_holds_stretches_of_time():
    times = np.random.default_rng(0).permutation(5000)
    units = time.stretches(times.astype(float))
    assert len(np.unique(units)) == 50
    assert (np.diff(units[np.argsort(times)]) != 0).sum() == 49


def test_the_gap_that_swallows_everything_says_how_long_it_may_be():
    with pytest.raises(SplitError, match=r"only 80 of time .* Instead: a gap below 80"):
        time.sealed(rows_of(np.arange(100)), SplitRecipe(gap=200), 0)
