"""Distances to the nearest of some rows, the same for one query as for thousands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 5
BLOCK = 4096
"""Queries at a time: 4,096 x 2,000 distances are 33 MB."""

Floats = NDArray[np.floating]


def kth_distance(queries: Floats, rows: Floats, k: int) -> Floats:
    """Euclidean distance [query] from queries [query, feature] to the k-th nearest of rows [row, feature]."""
    return _nearest(queries, rows, k).max(axis=1, initial=0.0)


def mean_distance(queries: Floats, rows: Floats, k: int, *, itself: bool = False) -> Floats:
    """The mean distance [query] to the k nearest of rows [row, feature]; `itself`: the queries are among the rows,
    and none counts as its own neighbour."""
    nearest = _nearest(queries, rows, k + itself)  # a row's distance of zero to itself adds nothing to the sum
    return nearest.sum(axis=1) / max(nearest.shape[1] - itself, 1)


def _nearest(queries: Floats, rows: Floats, k: int) -> Floats:
    """Distances to the k nearest [query, k], in no order."""
    k = min(k, len(rows))
    if not k or not len(queries):
        return np.zeros((len(queries), 0))
    square = (rows**2).sum(axis=1)
    parts = []
    for start in range(0, len(queries), BLOCK):
        block = queries[start : start + BLOCK]
        distance2 = (block**2).sum(axis=1)[:, None] + square - 2.0 * block @ rows.T
        parts.append(np.sqrt(np.maximum(np.partition(distance2, k - 1, axis=1)[:, :k], 0.0)))
    return np.concatenate(parts)
