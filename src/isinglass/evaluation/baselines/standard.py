"""Targets on one scale: no method's own thresholds may meet the unit in which somebody wrote a table.

A forest takes a variance below 2e-16 for none, boosting keeps gradients in single precision, and a sum of squares of
numbers near 1e8 has lost the digits in which they differ. Each method is therefore fitted on

    t = (y - m) / s,   m the weighted mean, s the weighted standard deviation of its own training rows,

and what it says is told as m + s t, in float64 throughout. Classes and labels are left as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from isinglass.evaluation.baselines.baseline import Table
from isinglass.spec import Task


@dataclass(frozen=True)
class Standard:
    """The scale of a table's targets.

    Attributes:
        center: m, float64 [out].
        spread: s, float64 [out]; 1 where the target never changes.
    """

    center: np.ndarray
    spread: np.ndarray

    def targets(self, table: Table) -> Table:
        """The table with t in the place of y."""
        if table.task is not Task.REGRESSION:
            return table
        return replace(table, targets=(table.targets - self.center) / self.spread)

    def told(self, said: np.ndarray) -> np.ndarray:
        """What a method that was fitted on t says of y: [..., out] -> [..., out]."""
        return said * self.spread + self.center


def standard(table: Table) -> Standard:
    """The scale of the targets of a table's rows; of classes and labels one that changes nothing."""
    if table.task is not Task.REGRESSION or not table.weights.any():
        return Standard(np.zeros(table.width), np.ones(table.width))
    origin = np.median(table.targets, axis=0)  # amid the data, so that sums lose no digits
    shifted = table.targets - origin
    mean = np.average(shifted, axis=0, weights=table.weights)
    largest = np.abs(shifted - mean).max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)  # squares of tiny numbers are zero
    spread = unit * np.sqrt(np.average(((shifted - mean) / unit) ** 2, axis=0, weights=table.weights))
    return Standard(origin + mean, np.where(spread > 0, spread, 1.0))
