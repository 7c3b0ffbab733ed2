"""What a metric is: a function of weighted means of per-row statistics.

Every metric here has the form `finish(mean over rows of statistics)`. The root mean squared error is the square root
of the mean of one statistic; the balanced accuracy is a ratio of two means a class; and so on. A bootstrap then only
sums the statistics of each group once and combines the sums: thousands of resamples cost one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from isinglass.errors import UsageError
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task


@dataclass(frozen=True)
class Metric:
    """One number that says how good an outcome is.

    Attributes:
        name: its key, as in `metrics.json`.
        label: its name for tables.
        statistics: outcome -> float64 [sample, statistic, cell]; a cell is an output, a class or a bin.
        finish: weighted means [..., statistic, cell] -> the metric [...].
        better: "low", "high", or "nominal" where it should be `nominal`.
        tasks: what it can judge.
        needs: fields of the outcome without which it cannot be computed.
        nominal: the wanted value for "nominal".
        part: "rows" where it is a part of the rows, or of what they hold, between 0 and 1; "classes" where every class
            (or its pairs with the others) has a part of its own. Where no row speaks against 1, or for anything above
            0, this says how many could have.
        power: of the target's unit that the metric carries (1 for an error in the target's unit, 0 for a pure number).
    """

    name: str
    label: str
    statistics: Callable[[Outcome], np.ndarray]
    finish: Callable[[np.ndarray], np.ndarray]
    better: Literal["low", "high", "nominal"] = "low"
    tasks: tuple[Task, ...] = (Task.REGRESSION,)
    needs: tuple[str, ...] = ("mean",)
    nominal: float | None = None
    power: int = 0
    part: Literal["", "rows", "classes"] = ""

    def __call__(self, outcome: Outcome) -> float:
        """The metric of an outcome, rows weighted. NaN where it is not defined (one class only, a constant target).

        Raises:
            UsageError: the outcome lacks what the metric needs.
        """
        return float(self.finish(self.means(outcome)))

    def applies(self, outcome: Outcome) -> bool:
        """Whether the outcome has what the metric needs."""
        return outcome.task in self.tasks and all(outcome.has(name) for name in self.needs)

    def rows(self, outcome: Outcome) -> np.ndarray:
        """The statistics of each row, [sample, statistic, cell], after a check that they can be had."""
        if not self.applies(outcome):
            needs = f"{' and '.join(self.needs)} of a {' or '.join(self.tasks)}"
            raise UsageError(f"{self.name} needs {needs}", where="metrics", given=f"a {outcome.task} outcome")
        if not len(outcome):
            raise UsageError(f"{self.name} of no rows is not defined", where="metrics")
        return self.statistics(outcome)

    def means(self, outcome: Outcome) -> np.ndarray:
        """Weighted means of the statistics: [statistic, cell]."""
        return np.tensordot(outcome.weights / outcome.weights.sum(), self.rows(outcome), axes=1)


def over_cells(values: np.ndarray) -> np.ndarray:
    """The mean over the last axis of what is finite; NaN where nothing is: [..., cell] -> [...]."""
    finite = np.isfinite(values)
    return divide(np.where(finite, values, 0.0).sum(-1), finite.sum(-1))


def divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """above / below, NaN where below is not positive."""
    below = np.asarray(below, np.float64)
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)


def first(means: np.ndarray) -> np.ndarray:
    """The one statistic, averaged over its cells: [..., 1, cell] -> [...]."""
    return means[..., 0, :].mean(-1)


def given(values: np.ndarray | None) -> np.ndarray:
    """A field that `Metric.needs` has promised."""
    assert values is not None
    return values
