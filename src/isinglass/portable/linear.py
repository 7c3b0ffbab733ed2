"""A linear model: ridge or logistic regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.portable.checks import require
from isinglass.portable.encoder import Encoder
from isinglass.portable.links import Link, linked


@dataclass(frozen=True)
class Linear:
    """link(x weights + intercept), with the encoded inputs x.

    Args:
        encoder: of the inputs.
        weights: float64 [column, width].
        intercept: float64 [width]; of classes -inf for those that never occurred.
        link: see `links.linked`.
    """

    encoder: Encoder
    weights: np.ndarray
    intercept: np.ndarray
    link: Link = "identity"

    def __post_init__(self) -> None:
        fits = self.weights.shape == (self.encoder.columns, len(self.intercept))
        require(fits, "sizes differ", where="a linear model")

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """[sample, feature] -> [sample, width]."""
        return linked(self.encoder(inputs) @ self.weights + self.intercept, self.link)
