"""How far one feature of a row must move, the others fixed, until the answer is another one.

For each feature and both directions the nearest value v is sought on a grid of 200 steps that ends one width of the
training range beyond it, then by bisection, for which the answer changes: another class, or a number that has moved by
its own sigma. Categories are tried one by one. What is found is the nearest crossing on the grid.

Reference: Wachter, Mittelstadt & Russell (2017), Counterfactual explanations without opening the black box,
arXiv:1711.00399 (here one feature at a time).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

GRID = 200
HALVINGS = 30

Moved = Callable[[np.ndarray], np.ndarray]
"""Rows [sample, feature] -> bool [sample]: whether the answer is another one."""


@dataclass(frozen=True)
class Move:
    """The nearest change of one feature in one direction.

    feature: its place; value: where the answer changes, NaN where it does not within reach; start: the row's own.
    """

    feature: int
    start: float
    value: float


def moves(
    row: np.ndarray, moved: Moved, *, features: Sequence[int], low: np.ndarray, high: np.ndarray
) -> tuple[Move, ...]:
    """Two moves a feature, down and up.

    Args:
        row: [feature].
        moved: whether an answer differs from that of the row.
        features: places of those that are moved.
        low: lowest value in training, [feature].
        high: highest value in training, [feature].
    """
    ends = [(j, end) for j in features for end in _ends(low[j], high[j], row[j]) if np.isfinite(row[j])]
    if not ends:
        return ()
    grid = np.linspace(0.0, 1.0, GRID + 1)[1:]
    rows = np.repeat(row[None], GRID * len(ends), axis=0)
    for i, (j, end) in enumerate(ends):
        rows[i * GRID : (i + 1) * GRID, j] = row[j] + grid * (end - row[j])
    hit = moved(rows).reshape(len(ends), GRID)
    first = np.where(hit.any(axis=1), hit.argmax(axis=1), -1)
    inner = np.where(first > 0, grid[first - 1], 0.0)
    outer = np.where(first >= 0, grid[first], np.nan)
    return _bisected(row, moved, ends, inner, outer)


def _ends(low: float, high: float, value: float) -> tuple[float, float]:
    width = high - low
    return min(low, value) - width, max(high, value) + width


def _bisected(
    row: np.ndarray, moved: Moved, ends: list[tuple[int, float]], inner: np.ndarray, outer: np.ndarray
) -> tuple[Move, ...]:
    found = np.flatnonzero(np.isfinite(outer))
    for _ in range(HALVINGS if len(found) else 0):
        middle = (inner[found] + outer[found]) / 2
        hit = moved(np.stack([_at(row, *ends[i], t) for i, t in zip(found, middle, strict=True)]))
        outer[found] = np.where(hit, middle, outer[found])
        inner[found] = np.where(hit, inner[found], middle)
    return tuple(
        Move(j, float(row[j]), float(row[j] + t * (end - row[j]))) for (j, end), t in zip(ends, outer, strict=True)
    )


def _at(row: np.ndarray, feature: int, end: float, part: float) -> np.ndarray:
    changed = row.copy()
    changed[feature] += part * (end - row[feature])
    return changed
