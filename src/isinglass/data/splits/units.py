"""Dividing whole units (distinct rows, groups, blocks) into parts of a wanted size.

The order of the units is that of their keyed hash, so the parts depend on what the rows say and on the seed, never
on the order of the rows.
"""

from __future__ import annotations

import heapq

import numpy as np

from isinglass.data.hashing import key, mix
from isinglass.errors import SplitError

PURPOSE = 0x5EA1  # keeps the order of the test part apart from every other use of the same seed


def ranking(units: np.ndarray, seed: int) -> np.ndarray:
    """The places of uint64 units [unit] in an order drawn by the seed: int64 indices [unit]."""
    return np.argsort(mix(mix(units) ^ key(seed, PURPOSE)), kind="stable")


def small_test(sizes: np.ndarray, order: np.ndarray, wanted: float) -> np.ndarray:
    """The units whose middle lies within the first `wanted` rows of the order; one at least, not all.

    Made for many small units: sizes int64 [unit], order int64 [unit] -> bool [unit].
    """
    chosen = np.zeros(len(sizes), bool)
    cumulated = np.cumsum(sizes[order])
    count = int(np.searchsorted(cumulated - sizes[order] / 2, wanted, side="left"))
    chosen[order[: min(max(count, 1), len(sizes) - 1)]] = True
    return chosen


def large_test(sizes: np.ndarray, order: np.ndarray, wanted: float) -> np.ndarray:
    """Units taken in order wherever that brings the total nearer to `wanted`; one at least, not all.

    Made for groups of very different sizes, of which some may be larger than the whole test part.
    """
    chosen = np.zeros(len(sizes), bool)
    total = 0
    for unit in order[:-1] if len(order) > 1 else order:
        if abs(total + sizes[unit] - wanted) < abs(total - wanted):
            chosen[unit] = True
            total += sizes[unit]
    if not chosen.any():
        chosen[order[np.argmin(sizes[order])]] = True
    return chosen


def small_folds(sizes: np.ndarray, order: np.ndarray, count: int) -> np.ndarray:
    """The fold of each unit, int64 [unit]: `count` stretches of the order with equally many rows.

    No stretch is empty as long as there are enough units.
    """
    share = count / sizes.sum()
    stretch = np.floor((np.cumsum(sizes[order]) - sizes[order] / 2) * share).astype(np.int64)
    # A unit larger than a stretch would leave one empty: fall back to equally many units in each.
    if len(np.unique(stretch)) < count:
        stretch = np.arange(len(sizes)) * count // len(sizes)
    fold = np.empty(len(sizes), np.int64)
    fold[order] = stretch
    return fold


def large_folds(sizes: np.ndarray, order: np.ndarray, count: int) -> np.ndarray:
    """The fold of each unit, int64 [unit]: the largest units first, each into the smallest fold so far."""
    fold = np.empty(len(sizes), np.int64)
    heap = [(0, index) for index in range(count)]
    for unit in order[np.argsort(-sizes[order], kind="stable")]:
        total, index = heapq.heappop(heap)
        fold[unit] = index
        heapq.heappush(heap, (total + int(sizes[unit]), index))
    return fold


def require(found: int, wanted: int, unit: str, *, where: str) -> None:
    """Refuse to divide `found` units into `wanted` parts when there are fewer."""
    if found < wanted:
        cure = f"ask for at most {found} folds" if found >= 2 else "give more data, or another kind of split"
        what = f"{found} distinct {unit if found != 1 else unit.removesuffix('s')}"
        raise SplitError(f"{what} cannot be divided into {wanted} parts", where=where, instead=cure + ".")
