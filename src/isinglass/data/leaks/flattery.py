"""Does a random split flatter? A quick forest asked twice: other rows at random, and other rows of other cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TREES = 24
LEAF = 2
FOLDS = 5
FEATURES = 40
"""Features that the forest is given: of more, those that go with the targets most."""
RIDGE = 1.0
TWINS = 30
"""Nearest rows among which one of another cell is looked for."""


@dataclass(frozen=True)
class ForestErrors:
    """Errors of a forest on rows that it was not fitted on.

    Args:
        residual: [row, column], in units of the targets' spreads.
        weight: [feature], how much the trees made of each.
    """

    residual: np.ndarray
    weight: np.ndarray

    @property
    def r2(self) -> float:
        """1 - mean squared error, in units of the targets' variances."""
        return 1.0 - float((self.residual**2).mean())


def standardized(targets: np.ndarray) -> np.ndarray:
    """Each column by its mean and spread."""
    spread = targets.std(axis=0)
    return (targets - targets.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def filled(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Inputs without gaps (medians), at most FEATURES of them: float32 [row, feature]."""
    values = inputs.astype(np.float64)
    with np.errstate(all="ignore"):
        medians = np.nan_to_num(np.nanmedian(np.where(np.isfinite(values), values, np.nan), axis=0))
    values = np.where(np.isfinite(values), values, medians)
    if values.shape[1] > FEATURES:
        centred = standardized(values)
        strength = np.abs(centred.T @ targets).max(axis=1)
        values = values[:, np.sort(np.argsort(-strength, kind="stable")[:FEATURES])]
    return values


def random_folds(ids: np.ndarray, seed: int) -> np.ndarray:
    """Fold of each row; equal rows together."""
    _, code = np.unique(ids, return_inverse=True)
    return np.random.default_rng(seed).permutation(np.arange(code.max() + 1) % FOLDS)[code]


def cell_folds(cells: np.ndarray, seed: int) -> np.ndarray:
    """Fold of each row; whole cells together, the largest first."""
    names, code, sizes = np.unique(cells, return_inverse=True, return_counts=True)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(names)), -sizes))
    fold, total = np.zeros(len(names), np.int64), np.zeros(FOLDS)
    for cell in order:
        fold[cell] = int(np.argmin(total))
        total[fold[cell]] += sizes[cell]
    return fold[code]


def forest(inputs: np.ndarray, targets: np.ndarray, folds: np.ndarray, seed: int) -> ForestErrors:
    """Each row predicted by extremely randomized trees that were fitted on the other folds.

    Reference: Geurts, Ernst & Wehenkel (2006), doi:10.1007/s10994-006-6226-1.
    """
    from sklearn.ensemble import ExtraTreesRegressor

    predicted, weight = np.zeros_like(targets), np.zeros(inputs.shape[1])
    for fold in np.unique(folds):
        test = folds == fold
        trees = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, max_features=0.7, random_state=seed, n_jobs=1)
        found = trees.fit(inputs[~test], targets[~test].squeeze()).predict(inputs[test])
        predicted[test] = found.reshape(test.sum(), -1)
        weight += trees.feature_importances_ / FOLDS
    return ForestErrors(targets - predicted, weight)


def ridge(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """What a linear model leaves of the targets [row, column]: the first look."""
    x = np.column_stack([standardized(inputs), np.ones(len(inputs))])
    slopes = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ targets)
    return targets - x @ slopes


def twins(inputs: np.ndarray, weight: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Pairs [pair, 2] of rows with the most similar inputs, as the trees weigh them, from different cells."""
    from scipy.spatial import KDTree

    points = standardized(inputs) * np.sqrt(weight)
    near = np.asarray(KDTree(points).query(points, k=min(TWINS, len(points)))[1])
    other = cells[near] != cells[:, None]
    rows = np.flatnonzero(other.any(axis=1))
    found = near[rows, other[rows].argmax(axis=1)]
    return np.unique(np.sort(np.stack([rows, found], axis=1), axis=1), axis=0)


def flattery(random: ForestErrors, apart: ForestErrors, cells: np.ndarray) -> tuple[float, float]:
    """The part of the error that a random split hides, 1 - MSE(random) / MSE(cells apart), and Student's t of the
    cells' logarithms of the ratio of both errors."""
    names, code = np.unique(cells, return_inverse=True)
    sizes = np.bincount(code)
    both = [np.bincount(code, weights=(a.residual**2).mean(axis=1)) / sizes for a in (random, apart)]
    ratio = 0.5 * np.log((both[1] + 1e-9) / (both[0] + 1e-9))
    if len(names) < 3:
        return 0.0, 0.0
    hidden = 1.0 - (1.0 - random.r2) / max(1.0 - apart.r2, 1e-12)
    return float(hidden), float(ratio.mean() / max(ratio.std(ddof=1) / np.sqrt(len(names)), 1e-9))
