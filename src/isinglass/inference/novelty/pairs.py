"""Combinations of two features that no training row has, though each feature by itself lies in its range.

For pairs (i, j) of numeric features, the mean distance to the nearest training rows in (z_i, z_j) alone, each in units
of what a share LEVEL / pairs of rows exceeds (`tail`), training rows being held against the others; the score is the
largest. A hole that two features make is lost in the distance of all features, which the others fill with noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from isinglass.inference.novelty.level import LEAST, LEVEL, tail
from isinglass.inference.novelty.neighbours import NEIGHBOURS

MOST = 66
"""Pairs that are looked at: all of twelve features; of more features as many, drawn at random."""
DISTINCT = 10
"""A feature of fewer values makes strips, not a plane."""

Floats = NDArray[np.floating]
Integers = NDArray[np.integer]


def choose_pairs(scaled: Floats, random: np.random.Generator) -> Integers:
    """[pair, 2] columns of rows [row, feature]; none of two features, whose distance says the same."""
    rows, features = scaled.shape
    numeric = [j for j in range(features) if len(np.unique(scaled[:, j])) > DISTINCT]
    pairs = np.array([(i, j) for i in numeric for j in numeric if i < j], dtype=np.int64).reshape(-1, 2)
    if features <= 2 or rows <= NEIGHBOURS:
        return pairs[:0]
    return pairs[np.sort(random.permutation(len(pairs))[:MOST])]


def grow(scaled: Floats, pairs: Integers) -> tuple[Any, ...]:
    """A search tree for each pair."""
    from scipy.spatial import KDTree  # 0.1 s to import, and images need none

    return tuple(KDTree(scaled[:, pair], compact_nodes=False, balanced_tree=False) for pair in pairs)


def fit_pairs(scaled: Floats, pairs: Integers, trees: tuple[Any, ...]) -> tuple[Floats, Floats]:
    """What counts as 1 [pair], and the score of each row against the others [row]."""
    if not len(pairs):
        return np.zeros(0), np.zeros(len(scaled))
    # A row is its own nearest.
    found = np.stack([_distance(tree, scaled[:, pair], 1) for tree, pair in zip(trees, pairs, strict=True)], axis=1)
    units = np.maximum(tail(found, LEVEL / len(pairs)), LEAST)
    return units, (found / units).max(axis=1)


def score_pairs(scaled: Floats, pairs: Integers, trees: tuple[Any, ...], units: Floats) -> Floats:
    """The largest score [sample] of rows [sample, feature]."""
    told = [_distance(tree, scaled[:, pair], 0) / unit for tree, pair, unit in zip(trees, pairs, units, strict=True)]
    return np.max(told, axis=0)


def _distance(tree: Any, queries: Floats, skip: int) -> Floats:
    return tree.query(queries, k=NEIGHBOURS + skip)[0][:, skip:].mean(axis=1)
