"""Rare classes: enough of them are tested, or it is told."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.hashing import hash_values
from isinglass.data.splits import split
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task


def table(labels, **coords):
    labels = np.asarray(labels)
    schema = SimpleNamespace(task=Task.CLASSIFICATION)
    return SimpleNamespace(
        ids=hash_values(np.arange(len(labels))), targets=labels[:, None].astype(float), schema=schema, coords=coords
    )


def rare(count, rows=1000, of=2):
    label = np.arange(rows) % (of - 1)
    label[:count] = of - 1
    return label


def test_a_class_of_which_two_would_be_sealed_is_tested_in_folds():
    splits = split(table(rare(12)), SplitRecipe(), seed=0)
    assert (splits.scheme, splits.folds) == ("folds", 5)
    tested = (splits.role == Role.TEST).any(axis=0)
    assert tested.all()
    told = "class 1 is rare (12 of 1000 rows), a sealed test part would hold 2: every row is tested once, in 5 folds"
    assert splits.notes[0].startswith(told)


@pytest.mark.parametrize(("count", "folds"), [(2, 2), (3, 3), (49, 1), (45, 5)])
def test_as_many_folds_as_the_class_allows(count, folds):
    splits = split(table(rare(count)), SplitRecipe(), seed=0)
    assert splits.folds == folds
    each = [int(((role == Role.TEST) & (np.arange(1000) < count)).sum()) for role in splits.role]
    assert sum(each) == (count if folds > 1 else 10)


def test_of_several_classes_the_rarest_counts():
    assert split(table(rare(12, of=4)), SplitRecipe(), seed=0).folds == 5


@pytest.mark.parametrize("label", [np.arange(40) % 2, np.arange(60) % 3, np.repeat([0, 1], [700, 300])])
def test_small_tables_with_even_classes_and_large_classes_are_sealed(label):
    splits = split(table(label), SplitRecipe(), seed=0)
    assert splits.scheme == "sealed"
    assert not any("rare" in note for note in splits.notes)


def test_what_is_asked_for_is_done_and_told():
    splits = split(table(rare(12)), SplitRecipe(scheme="sealed"), seed=0)
    assert splits.scheme == "sealed"
    told = "class 1 is rare (12 of 1000 rows): the scores hang on the 2 that are tested; --folds 5 tests every row once"
    assert told in splits.notes


def test_the_order_of_time_stays():
    splits = split(table(rare(12), time=np.arange(1000.0)[::-1]), SplitRecipe(), seed=0)
    assert (splits.kind, splits.scheme) == ("time", "sealed")
    assert not any("in 5 folds" in note for note in splits.notes)


def test_a_single_row_cannot_be_tested_in_turn():
    splits = split(table(rare(1)), SplitRecipe(), seed=0)
    assert splits.scheme == "sealed"
    assert any("are trained on and never tested" in note for note in splits.notes)


def test_copies_of_a_rare_row_are_one():
    data = table(rare(40))
    data.ids[:40] = data.ids[:4].repeat(10)
    splits = split(data, SplitRecipe(), seed=0)
    assert splits.folds == 4
    assert "(4 of 1000 rows)" in splits.notes[0]


def test_large_tables_are_not_fitted_five_times_unasked():
    splits = split(table(rare(40, rows=25_000)), SplitRecipe(), seed=0)
    assert splits.scheme == "sealed"
    assert any("hang on the 8 that are tested; --folds 5" in note for note in splits.notes)


def test_groups_with_a_rare_class_are_all_tested():
    label = rare(0, of=3) * 0
    label[np.isin(np.arange(1000) % 40, (3, 4, 5)) & (np.arange(1000) < 200)] = 1
    splits = split(table(label, group=np.arange(1000) % 40), SplitRecipe(), seed=0)
    assert (splits.kind, splits.scheme, splits.folds) == ("group", "folds", 5)
