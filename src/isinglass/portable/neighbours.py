"""The mean of the nearest training rows. Of rows that are equally near, the first in the table counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from isinglass.portable.checks import require
from isinglass.portable.encoder import Encoder

DISTANCES = 1 << 22
"""Of a block: 32 MB."""


@dataclass(frozen=True)
class Neighbours:
    """The weighted mean of the `count` nearest rows' truth, by sum |a - b| (l1) or sqrt(sum (a - b)^2) (l2).

    Args:
        encoder: of the inputs.
        rows: float64 [row, column], encoded training rows.
        truth: float64 [row, width].
        weights: float64 [row], not negative.
        share: float64 [width], what is said where no neighbour has any weight.
        count: how many neighbours.
        metric: "l1" or "l2".
        votes: of probabilities: the neighbours' shares are blended with one more vote, `share`, as if they had so many;
            0: they are not.
    """

    encoder: Encoder
    rows: np.ndarray
    truth: np.ndarray
    weights: np.ndarray
    share: np.ndarray
    count: int
    metric: Literal["l1", "l2"] = "l2"
    votes: float = 0.0

    def __post_init__(self) -> None:
        fits = self.rows.shape == (len(self.truth), self.encoder.columns) and len(self.weights) == len(self.truth)
        fits = fits and self.truth.shape[1] == len(self.share) and len(self.truth) > 0
        require(fits, "sizes differ", where="nearest neighbours")
        require(self.count > 0, "no neighbours", where="nearest neighbours")

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[sample, feature] -> [sample, width]."""
        x = self.encoder(inputs)
        block = max(1, DISTANCES // max(1, len(self.rows)))
        parts = [self._means(x[start : start + block]) for start in range(0, max(len(x), 1), block)]
        return np.concatenate(parts)

    def _means(self, x: np.ndarray) -> np.ndarray:
        near = _nearest(self._distances(x), min(self.count, len(self.rows)))
        weights = self.weights[near]
        total = weights.sum(axis=1, keepdims=True)
        sums = np.einsum("sk,skw->sw", weights, self.truth[near])
        means = np.where(total > 0, sums / np.where(total > 0, total, 1.0), self.share)
        return (self.votes * means + self.share) / (self.votes + 1.0) if self.votes else means

    def _distances(self, x: np.ndarray) -> np.ndarray:
        """[sample, row], column by column: nothing of the size of all three is kept."""
        found = np.zeros((len(x), len(self.rows)))
        for theirs, mine in zip(self.rows.T, x.T, strict=True):
            difference = mine[:, None] - theirs
            found += np.abs(difference) if self.metric == "l1" else difference * difference
        return found


def _nearest(distances: np.ndarray, count: int) -> np.ndarray:
    """The places of the `count` smallest of each row, of equal ones the first: int64 [sample, count]."""
    if count >= distances.shape[1]:
        return np.argsort(distances, axis=1, kind="stable")
    limit = np.partition(distances, count - 1, axis=1)[:, count - 1 : count]
    # Those below the limit all count; of those at it, the first ones fill up.
    below, at = distances < limit, distances == limit
    left = count - below.sum(axis=1, keepdims=True)
    chosen = below | (at & (np.cumsum(at, axis=1) <= left))
    return np.nonzero(chosen)[1].reshape(len(distances), count)
