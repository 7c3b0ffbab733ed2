"""Rows drawn at random, equal rows together."""

from __future__ import annotations

import numpy as np

from isinglass.data.splits.duplicates import distinct as all_distinct
from isinglass.data.splits.splits import Parts, Rows, Splitter, fold_roles, roles
from isinglass.data.splits.units import ranking, require, small_folds, small_test
from isinglass.recipe import SplitRecipe


def sealed(rows: Rows, recipe: SplitRecipe, seed: int) -> Parts:
    """One test part of `recipe.test` of the rows."""
    units, inverse, sizes = distinct(rows)
    require(len(units), 2, "rows", where="splits")
    test = small_test(sizes, ranking(units, seed), recipe.test * len(rows))
    return Parts(roles(test[inverse][None]), rows.ids)


def folds(rows: Rows, recipe: SplitRecipe, count: int, seed: int) -> Parts:
    """`count` test parts of equal size."""
    units, inverse, sizes = distinct(rows)
    require(len(units), count, "rows", where="splits.folds")
    fold = small_folds(sizes, ranking(units, seed), count)
    return Parts(fold_roles(fold[inverse], count), rows.ids)


def distinct(rows: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The distinct rows: ids [unit], the unit of each row [sample], rows of each unit [unit]."""
    if all_distinct(rows.ids):
        return rows.ids, np.arange(len(rows)), np.ones(len(rows), np.int64)
    units, inverse, sizes = np.unique(rows.ids, return_inverse=True, return_counts=True)
    return units, inverse, sizes


SPLITTER = Splitter(sealed, folds)
