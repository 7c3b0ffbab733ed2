"""What trees say together: their mean (a random forest), or their sum (boosting)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.portable.checks import require
from isinglass.portable.encoder import Encoder
from isinglass.portable.links import Link, linked
from isinglass.portable.trees import Trees


@dataclass(frozen=True)
class Forest:
    """The mean of the trees' leaves.

    Args:
        encoder: of the inputs.
        trees: with values [leaf, width].
        share: float64 [width]; of probabilities, one more vote beside `votes` of the trees.
        votes: 0 for numbers, which are not blended.
    """

    encoder: Encoder
    trees: Trees
    share: np.ndarray
    votes: float = 0.0

    def __post_init__(self) -> None:
        fits = self.trees.value.shape[1] == len(self.share) and self.trees.columns <= self.encoder.columns
        require(fits and len(self.trees) > 0, "sizes differ", where="a random forest")

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[sample, feature] -> [sample, width]."""
        x, size = self.encoder(inputs), self.trees.block
        means = np.empty((len(x), len(self.share)))
        for start in self.trees.blocks(len(x)):
            part = slice(start, start + size)
            means[part] = self._mean(x[part])
        return (self.votes * means + self.share) / (self.votes + 1.0) if self.votes else means

    def _mean(self, x: np.ndarray) -> np.ndarray:
        total = np.zeros((len(x), len(self.share)))
        for leaves in self.trees.leaves(x):
            total += self.trees.value[leaves]
        return total / len(self.trees)


@dataclass(frozen=True)
class Boosting:
    """link(base + the sum of the trees' leaves).

    Args:
        encoder: of the inputs.
        trees: with values [leaf, 1].
        output: int64 [tree], the column that a tree adds to.
        base: float64 [width]; of classes -inf for those that never occurred.
        link: see `links.linked`.
    """

    encoder: Encoder
    trees: Trees
    output: np.ndarray
    base: np.ndarray
    link: Link = "identity"

    def __post_init__(self) -> None:
        fits = len(self.output) == len(self.trees) and self.trees.value.shape[1] == 1
        fits = fits and self.trees.columns <= self.encoder.columns
        require(fits, "sizes differ", where="gradient boosting")
        inside = ((self.output >= 0) & (self.output < len(self.base))).all()
        require(bool(inside), "a tree has no output", where="gradient boosting")

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[sample, feature] -> [sample, width]."""
        x, size = self.encoder(inputs), self.trees.block
        raw = np.tile(self.base, (len(x), 1))
        for start in self.trees.blocks(len(x)):
            part = slice(start, start + size)
            for output, leaves in zip(self.output, self.trees.leaves(x[part]), strict=True):
                raw[part, output] += self.trees.value[leaves, 0]
        return linked(raw, self.link)
