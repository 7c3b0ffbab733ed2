"""What every splitter must keep, whatever its kind."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.bagging import membership
from isinglass.data.hashing import hash_values
from isinglass.data.leaks import duplicate_rows
from isinglass.data.splits import SPLITTERS, split
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task

N = 600
DRAWN = [kind for kind in SPLITTERS if kind != "official"]  # official parts are given, not drawn


def table(order=None):
    generator = np.random.default_rng(0)
    content = generator.integers(0, 570, N)  # some rows are equal
    coords = {
        "group": (content % 40).astype(str),
        "time": content.astype(float),
        "latitude": content % 18 * 10 - 85.0,
        "longitude": content % 36 * 10 - 175.0,
    }
    order = np.arange(N) if order is None else order
    return SimpleNamespace(
        ids=hash_values(content)[order],
        targets=(content % 3).astype(float)[order, None],
        schema=SimpleNamespace(task=Task.CLASSIFICATION),
        coords={name: values[order] for name, values in coords.items()},
    )


@pytest.fixture(params=[(kind, scheme) for kind in DRAWN for scheme in ("sealed", "folds")], ids="-".join)
def recipe(request):
    kind, scheme = request.param
    return SplitRecipe(kind=kind, scheme=scheme, block=20, folds=4)


def test_parts_have_the_promised_form(recipe):
    splits = split(table(), recipe, seed=1)
    assert splits.role.dtype == np.int8
    assert splits.role.shape == (1 if recipe.scheme == "sealed" else 4, N)
    assert splits.units.dtype == np.uint64
    assert splits.units.shape == (N,)
    assert set(np.unique(splits.role)) <= {Role.UNUSED, Role.TRAIN, Role.TEST}
    for fold in splits.role:
        assert (fold == Role.TEST).any()
        assert (fold == Role.TRAIN).any()
    assert ((splits.role == Role.TEST).sum(0) <= 1).all()
    assert (splits.tested == np.flatnonzero((splits.role == Role.TEST).any(0))).all()


def test_no_test_row_is_trained_on_in_any_guise(recipe):
    data = table()
    assert duplicate_rows(data.ids, split(data, recipe, seed=1).role) == ()


def test_the_order_of_the_rows_does_not_matter(recipe):
    order = np.random.default_rng(1).permutation(N)
    assert (split(table(order), recipe, seed=1).role == split(table(), recipe, seed=1).role[:, order]).all()


def test_the_seed_decides(recipe):
    first, again, other = (split(table(), recipe, seed=seed).role for seed in (1, 1, 2))
    assert (first == again).all()
    if recipe.kind != "time":
        assert (first != other).any()


def test_a_sealed_part_is_about_a_fifth(recipe):
    if recipe.scheme == "sealed":
        share = np.mean(split(table(), recipe, seed=1).role == Role.TEST)
        assert share == pytest.approx(recipe.test, abs=0.03)


def test_members_can_be_drawn_from_every_fold(recipe):
    splits = split(table(), recipe, seed=1)
    fold = np.arange(splits.folds).repeat(3)
    member = membership(splits.units, splits.role, fold, np.arange(len(fold)))
    for row in member:
        assert {Role.TRAIN, Role.STOP, Role.OUT} <= set(row)
