"""The distance to the k-th nearest of some rows, the same for one query as for thousands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 5

Floats = NDArray[np.floating]


def kth_distance(queries: Floats, rows: Floats, k: int) -> Floats:
    """Euclidean distance [query] from queries [query, feature] to the k-th nearest of rows [row, feature]."""
    if not len(rows) or not len(queries):
        return np.zeros(len(queries))
    k = min(k, len(rows))
    square = (rows**2).sum(axis=1)
    parts = []
    for start in range(0, len(queries), 4096):  # 4,096 x 2,000 distances are 33 MB
        block = queries[start : start + 4096]
        distance2 = (block**2).sum(axis=1)[:, None] + square - 2.0 * block @ rows.T
        parts.append(np.sqrt(np.maximum(np.partition(distance2, k - 1, axis=1)[:, k - 1], 0.0)))
    return np.concatenate(parts)
