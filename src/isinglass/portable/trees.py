"""Many decision trees as a few arrays, and which leaf each row comes to.

At an inner node a row goes left where its value is at most the threshold; a missing value goes the way that the node
says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from isinglass.portable.checks import require

VISITS = 1 << 20
"""Pairs of a tree and a row that are followed at once: 8 MB a step."""


@dataclass(frozen=True)
class Trees:
    """Trees one after the other.

    Args:
        start: int64 [tree], the place of each root.
        feature: int16 [node], the column that is compared; -1 at a leaf.
        threshold: float32 or float64 [node]; rows are compared in this precision.
        left, right: int32 [node], how many places further on a child is; at a leaf `left` is 0 and `right` its number.
        missing: bool [node], whether a missing value goes left.
        value: float64 [leaf, width] of each leaf.
    """

    start: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    missing: np.ndarray
    value: np.ndarray

    def __post_init__(self) -> None:
        nodes, leaf = len(self.feature), self.feature < 0
        alike = {len(part) for part in (self.threshold, self.left, self.right, self.missing)}
        require(alike <= {nodes} and self.value.ndim == 2, "sizes differ", where="trees")
        require(bool(((self.start >= 0) & (self.start < nodes)).all()), "a root lies outside", where="trees")
        inner = np.flatnonzero(~leaf)
        for child in (self.left[inner], self.right[inner]):
            # Forward only, so that every walk ends.
            fits = (child > 0) & (inner + child.astype(np.int64) < nodes)
            require(bool(fits.all()), "a child lies outside", where="trees")
        ends = self.right[leaf]
        require(bool(((ends >= 0) & (ends < len(self.value))).all()), "a leaf lies outside", where="trees")

    def __len__(self) -> int:
        return len(self.start)

    @property
    def columns(self) -> int:
        """How many columns a row has at least."""
        return int(self.feature.max(initial=-1)) + 1

    def leaves(self, x: np.ndarray) -> np.ndarray:
        """The leaf of each row in each tree: int64 [tree, sample].

        Args:
            x: [sample, column], NaN where missing.
        """
        x = np.ascontiguousarray(x, dtype=self.threshold.dtype)
        require(x.shape[1] >= self.columns, "a column is missing", where="trees")
        walk = _compiled() or _walked
        return walk(self.start, self.feature, self.threshold, self.left, self.right, self.missing, x)

    def blocks(self, count: int) -> range:
        """The first rows of blocks whose visits fit into memory, for so many rows."""
        return range(0, count, self.block)

    @property
    def block(self) -> int:
        """Rows of a block."""
        return max(1, VISITS // max(1, len(self.start)))


def _walked(start, feature, threshold, left, right, missing, x) -> np.ndarray:
    """All rows down all trees, a step at a time."""
    node = np.repeat(start, len(x))
    row = np.tile(np.arange(len(x)), len(start))
    going = np.arange(len(node))
    while True:
        column = feature[node[going]]
        inner = column >= 0
        going, column = going[inner], column[inner]
        if not len(going):
            return right[node].astype(np.int64).reshape(len(start), len(x))
        at = node[going]
        value = x[row[going], column]
        goes_left = np.where(np.isnan(value), missing[at], value <= threshold[at])
        node[going] = at + np.where(goes_left, left[at], right[at])


@cache
def _compiled() -> Any:
    """The same in one loop; None where numba (the extra `fast`) is not installed."""
    try:
        from numba import njit
    except ImportError:
        return None

    @njit(nogil=True, cache=True)
    def walked(start, feature, threshold, left, right, missing, x):
        found = np.empty((len(start), len(x)), np.int64)
        for tree in range(len(start)):
            for row in range(len(x)):
                node = start[tree]
                while feature[node] >= 0:
                    value = x[row, feature[node]]
                    goes_left = missing[node] if np.isnan(value) else value <= threshold[node]
                    node += left[node] if goes_left else right[node]
                found[tree, row] = right[node]
        return found

    return walked
