"""Random and stratified parts: sizes, mixtures, equal rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from isinglass.data.hashing import hash_values
from isinglass.data.splits import Rows, random, stratified
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task


def rows_of(ids, targets=None, task=Task.REGRESSION):
    targets = np.arange(len(ids), dtype=float) if targets is None else np.asarray(targets, float)
    return Rows(hash_values(np.asarray(ids)), targets.reshape(len(ids), -1), task, {})


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=8, max_size=80), st.integers(0, 10), st.integers(2, 4))
def test_equal_rows_are_never_divided(ids, seed, count):
    if len(set(ids)) < count:
        return
    rows = rows_of(ids)
    for parts in (random.sealed(rows, SplitRecipe(), seed), random.folds(rows, SplitRecipe(), count, seed)):
        for fold in parts.role:
            assert not set(rows.ids[fold == Role.TEST]) & set(rows.ids[fold == Role.TRAIN])
            assert (fold == Role.TEST).any()
            assert (fold == Role.TRAIN).any()


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.37])
def test_distinct_rows_give_exactly_the_wanted_part(fraction):
    test = random.sealed(rows_of(np.arange(1000)), SplitRecipe(test=fraction), 3).role == Role.TEST
    assert test.sum() == round(fraction * 1000)


def test_seeds_differ_and_repeat():
    rows = rows_of(np.arange(1000))
    first, again, other = (random.sealed(rows, SplitRecipe(), seed).role == Role.TEST for seed in (0, 0, 1))
    assert (first == again).all()
    # Two independent draws of one fifth share one fifth of it: 40 of 200, with a standard deviation of 5.
    assert 20 <= (first & other).sum() <= 60


def test_strata_are_as_even_as_scikit_learns():
    labels = np.random.default_rng(0).choice(4, 503, p=[0.6, 0.25, 0.1, 0.05])
    parts = stratified.folds(rows_of(np.arange(503), labels, Task.CLASSIFICATION), SplitRecipe(), 5, 0)
    ours = np.array([np.bincount(labels[fold == Role.TEST], minlength=4) for fold in parts.role])
    theirs = [np.bincount(labels[test], minlength=4) for _, test in StratifiedKFold(5).split(labels, labels)]
    assert (np.ptp(ours, axis=0) <= 1).all()
    assert sorted(ours.sum(1)) == sorted(np.sum(theirs, axis=1))


def test_a_sealed_part_has_every_classs_share():
    labels = np.repeat([0, 1, 2], [600, 300, 100])
    test = (
        stratified.sealed(rows_of(np.arange(1000), labels, Task.CLASSIFICATION), SplitRecipe(), 0).role[0] == Role.TEST
    )
    assert np.bincount(labels[test]).tolist() == [120, 60, 20]


def test_a_class_of_one_row_is_trained_on():
    parts = stratified.sealed(rows_of(np.arange(101), np.arange(101) == 50, Task.CLASSIFICATION), SplitRecipe(), 0)
    assert parts.role[0, 50] == Role.TRAIN
    assert "1 class(es) have one distinct row only" in parts.notes[0]


def test_a_regression_is_stratified_by_tenths():
    y = np.random.default_rng(1).lognormal(size=1000)
    test = stratified.sealed(rows_of(np.arange(1000), y), SplitRecipe(), 0).role[0] == Role.TEST
    tenth = np.searchsorted(np.quantile(y, np.linspace(0, 1, 11)[1:-1]), y, side="right")
    assert np.bincount(tenth[test]).tolist() == [20] * 10


def test_patterns_of_labels_are_strata():
    labels = np.random.default_rng(1).random((400, 3)) < [0.5, 0.3, 0.02]
    parts = stratified.folds(rows_of(np.arange(400), labels, Task.MULTILABEL), SplitRecipe(), 4, 0)
    shares = np.array([labels[fold == Role.TEST].mean(0) for fold in parts.role])
    assert np.ptp(shares, axis=0).max() < 0.06
