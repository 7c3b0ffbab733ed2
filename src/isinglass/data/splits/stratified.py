"""Rows drawn at random with the same mixture of classes in every part, equal rows together.

Strata are the classes; the patterns of labels where a row has several (patterns too rare to be divided count as one);
and the tenths of the first target for a regression.
"""

from __future__ import annotations

import numpy as np

from isinglass.data.splits.random import distinct
from isinglass.data.splits.splits import Parts, Rows, Splitter, fold_roles, roles
from isinglass.data.splits.units import ranking, require
from isinglass.errors import SplitError
from isinglass.recipe import SplitRecipe
from isinglass.spec import Task

TENTHS = 10


def sealed(rows: Rows, recipe: SplitRecipe, seed: int) -> Parts:
    """One test part with `recipe.test` of the rows of each class; a class with one distinct row is trained on."""
    units, inverse, sizes = distinct(rows)
    require(len(units), 2, "rows", where="splits")
    stratum = _strata(rows, inverse, at_least=2)
    order = ranking(units, seed)
    order = order[np.argsort(stratum[order], kind="stable")]
    test = _take(stratum, sizes, order, recipe.test)
    if not test.any():
        raise SplitError(
            "the test part is empty: no class has two distinct rows",
            where="splits.test",
            given=recipe.test,
            instead="give more rows, or kind = 'random'.",
        )
    return Parts(roles(test[inverse][None]), rows.ids, _lonely(stratum))


def folds(rows: Rows, recipe: SplitRecipe, count: int, seed: int) -> Parts:
    """`count` test parts, each with the same mixture; SplitError where a class has fewer rows than folds."""
    units, inverse, _ = distinct(rows)
    require(len(units), count, "rows", where="splits.folds")
    stratum = _strata(rows, inverse, at_least=count)
    if rows.task is Task.CLASSIFICATION:
        _enough(rows, stratum, count)
    order = ranking(units, seed)
    order = order[np.argsort(stratum[order], kind="stable")]
    fold = np.empty(len(units), np.int64)
    # Dealt out like cards along the sorted classes: each class and the whole differ by one unit at most.
    fold[order] = np.arange(len(units)) % count
    return Parts(fold_roles(fold[inverse], count), rows.ids)


def _strata(rows: Rows, inverse: np.ndarray, *, at_least: int) -> np.ndarray:
    """The stratum of each unit, int64 [unit]. Equal rows have equal targets, so a unit has one stratum."""
    first = np.empty(inverse.max() + 1, np.int64)
    first[inverse[::-1]] = np.arange(len(rows))[::-1]
    targets = rows.targets[first]
    if rows.task is Task.REGRESSION:
        edges = np.quantile(targets[:, 0], np.linspace(0, 1, TENTHS + 1)[1:-1])
        return np.searchsorted(edges, targets[:, 0], side="right")
    if rows.task is Task.CLASSIFICATION:
        return targets[:, 0].astype(np.int64)
    _, pattern, size = np.unique(targets, axis=0, return_inverse=True, return_counts=True)
    pattern = pattern.reshape(-1)
    return np.where(size[pattern] < at_least, len(size), pattern)


def _take(stratum: np.ndarray, sizes: np.ndarray, order: np.ndarray, fraction: float) -> np.ndarray:
    """The first rows of each stratum, as many as its share of the test part: bool [unit]."""
    rows = np.bincount(stratum, weights=sizes)
    units = np.bincount(stratum)
    quota = _apportion(rows, fraction)
    sorted_stratum, sorted_sizes = stratum[order], sizes[order]
    total = np.cumsum(sorted_sizes)
    before = np.concatenate([[0.0], np.cumsum(rows)])[sorted_stratum]
    place = np.arange(len(order)) - np.concatenate([[0], np.cumsum(units)])[sorted_stratum]
    inside = total - before - sorted_sizes / 2 < quota[sorted_stratum]
    # At least one distinct row of every class must stay to learn from.
    inside &= place < units[sorted_stratum] - 1
    test = np.zeros(len(order), bool)
    test[order] = inside
    return test


def _apportion(rows: np.ndarray, fraction: float) -> np.ndarray:
    """Whole numbers of test rows for each stratum that add up to the whole part (largest remainders)."""
    exact = rows * fraction
    quota = np.floor(exact)
    missing = max(round(rows.sum() * fraction) - int(quota.sum()), 0)
    quota[np.argsort(-(exact - quota), kind="stable")[:missing]] += 1
    return quota


def _enough(rows: Rows, stratum: np.ndarray, count: int) -> None:
    sizes = np.bincount(stratum)
    rare = np.flatnonzero((sizes > 0) & (sizes < count))
    if rare.size:
        raise SplitError(
            f"class {rows.class_name(int(rare[0]))} has {sizes[rare[0]]} distinct row(s), fewer than {count} folds",
            where="splits.folds",
            given=count,
            instead=f"ask for at most {max(int(sizes[sizes > 0].min()), 2)} folds, or kind = 'random'.",
        )


def _lonely(stratum: np.ndarray) -> tuple[str, ...]:
    count = int((np.bincount(stratum) == 1).sum())
    if not count:
        return ()
    return (f"{count} class(es) have one distinct row only: these are trained on and never tested",)


SPLITTER = Splitter(sealed, folds)
