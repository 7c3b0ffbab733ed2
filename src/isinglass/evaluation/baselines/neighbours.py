"""The mean of the k nearest training rows, by the distance L1 = sum |a - b| or L2 = sqrt(sum (a - b)^2)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline, Table, blended
from isinglass.evaluation.baselines.encoding import Encoder, encode

COUNTS = (1, 2, 3, 5, 8, 12, 20, 32)
ONCE = 5_000
CHUNK = 4096

METRICS = {"l1": "cityblock", "l2": "euclidean"}


def distance(first: np.ndarray, second: np.ndarray, metric: str = "l1") -> float:
    """The distance of two arrays of the same shape, as the baselines measure it: "l1" or "l2"."""
    difference = np.asarray(first, np.float64).ravel() - np.asarray(second, np.float64).ravel()
    return float(np.abs(difference).sum() if metric == "l1" else np.sqrt(difference @ difference))


@dataclass(frozen=True)
class NeighboursPredictor:
    """Means over the nearest training rows.

    Attributes:
        encoder: of the inputs.
        index: scikit-learn's `NearestNeighbors`, of the encoded training rows.
        truth: the training rows', times their weights.
        table: the training rows.
    """

    encoder: Encoder
    index: Any
    truth: np.ndarray
    table: Table

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        x = self.encoder(inputs)
        parts = [self._means(x[start : start + CHUNK]) for start in range(0, len(x), CHUNK)]
        return np.concatenate(parts, axis=1)

    def _means(self, x: np.ndarray) -> np.ndarray:
        return means(self.index.kneighbors(x, return_distance=False), self.truth, self.table)


def fit(table: Table, seed: int, threads: int, *, metric: str) -> NeighboursPredictor:
    """Neighbours among scaled inputs (a missing value is the mean); the number k is a setting."""
    from sklearn.neighbors import NearestNeighbors

    encoding = encode(table, seed, scaled=True)
    most = min(COUNTS[-1], len(table))
    index = NearestNeighbors(n_neighbors=most, metric=METRICS[metric], n_jobs=threads).fit(encoding.train)
    return NeighboursPredictor(encoding.apply, index, table.truth * table.weights[:, None], table)


def means(near: np.ndarray, truth: np.ndarray, table: Table) -> np.ndarray:
    """Weighted means over the first k neighbours for every k of `COUNTS`: [setting, sample, width].

    Args:
        near: rows of the table, the nearest first, [sample, neighbour].
        truth: the table's, times its weights.
        table: the training rows.
    """
    total = np.cumsum(table.weights[near], axis=1)
    sums = np.cumsum(truth[near], axis=1)
    found = []
    for count in COUNTS:
        last = min(count, near.shape[1]) - 1
        weight = total[:, last]
        mean = np.where(weight[:, None] > 0, sums[:, last] / np.where(weight > 0, weight, 1.0)[:, None], table.share)
        found.append(blended(mean, table, votes=count))
    return np.stack(found)


def _baseline(metric: str, simplicity: int, pace: float) -> Baseline:
    title = f"nearest neighbours ({metric.upper()})"
    settings = tuple(f"k = {count}" for count in COUNTS)
    fitted = partial(fit, metric=metric)
    options = {"once": ONCE, "limit": 20_000, "simplicity": simplicity, "pace": (0.02, pace)}
    return Baseline(f"knn_{metric}", title, fitted, settings, **options)


L1 = _baseline("l1", 2, 20.0)
L2 = _baseline("l2", 3, 7.0)
