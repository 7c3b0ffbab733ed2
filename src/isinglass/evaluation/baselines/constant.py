"""The mean of the target, or the classes' shares, whatever the inputs say: what any method must beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline, Table, blended


@dataclass(frozen=True)
class ConstantPredictor:
    """The same for all inputs: value [width]."""

    value: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self.value, (1, len(inputs), len(self.value))).copy()


def fit(table: Table, seed: int, threads: int) -> ConstantPredictor:
    """The weighted mean of the targets; for classes and labels their shares (the most frequent is chosen)."""
    return ConstantPredictor(blended(table.share, table, votes=len(table)))


BASELINE = Baseline("mean", "the mean", fit, parts=10, limit=1_000_000, simplicity=0)
