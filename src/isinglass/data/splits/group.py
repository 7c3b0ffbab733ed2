"""Whole groups (stations, patients, buoy-years): rows with the same value stay in the same part."""

from __future__ import annotations

import numpy as np

from isinglass.data.hashing import hash_values
from isinglass.data.splits.splits import Parts, Rows, Splitter, fold_roles, roles
from isinglass.data.splits.units import large_folds, large_test, ranking, require
from isinglass.recipe import SplitRecipe


def sealed(rows: Rows, recipe: SplitRecipe, seed: int) -> Parts:
    """A test part of whole groups with as nearly `recipe.test` of the rows as these allow."""
    return sealed_groups(hash_values(rows.coords["group"]), recipe.test, seed, unit="groups")


def folds(rows: Rows, recipe: SplitRecipe, count: int, seed: int) -> Parts:
    """`count` test parts of whole groups; as many folds as groups means one group left out after the other."""
    return folded_groups(hash_values(rows.coords["group"]), count, seed, unit="groups")


def whole(rows: Rows, recipe: SplitRecipe) -> int:
    """The number of groups."""
    return len(np.unique(rows.coords["group"]))


def sealed_groups(units: np.ndarray, fraction: float, seed: int, *, unit: str) -> Parts:
    """The sealed test part for any uint64 units [sample]."""
    values, inverse, sizes = np.unique(units, return_inverse=True, return_counts=True)
    require(len(values), 2, unit, where="splits")
    test = large_test(sizes, ranking(values, seed), fraction * len(units))
    return Parts(roles(test[inverse][None]), units)


def folded_groups(units: np.ndarray, count: int, seed: int, *, unit: str) -> Parts:
    """The folds for any uint64 units [sample]."""
    values, inverse, sizes = np.unique(units, return_inverse=True, return_counts=True)
    require(len(values), count, unit, where="splits.folds")
    fold = large_folds(sizes, ranking(values, seed), count)
    return Parts(fold_roles(fold[inverse], count), units)


SPLITTER = Splitter(sealed, folds, needs=("group",), unit="groups", whole=whole)
