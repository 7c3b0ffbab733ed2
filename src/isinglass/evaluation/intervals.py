"""Bootstrap intervals over groups: how much a score would move with other rows of the same kind.

Groups (stations, days, or single rows) are drawn with replacement; the score of each resample follows from the sums of
the metric's statistics over each group, so 1000 resamples cost one product of matrices (Efron and Tibshirani 1993).

Two methods are compared by `gains`.

Resamples of n units spread by sqrt((n - 1) / n) too little, and the spread of few units is itself uncertain, as
Student's t knows. So the ends are the quantiles at Phi(-sqrt(n / (n - 1)) t) in place of 2.5 %, with t the 97.5 % point
for n - 1 degrees of freedom (the expanded percentile interval, Hesterberg 2015, doi:10.1080/00031305.2015.1089789).
Where all rows agree, as 6 of 6 that are covered, resamples agree too and say nothing: the end is then that of Clopper
and Pearson (1934, doi:10.1093/biomet/26.4.404) for n units, 0.025^(1/n).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, stdtrit

from isinglass.data.splits.splits import FEWEST as FEWEST
from isinglass.errors import UsageError
from isinglass.evaluation.metrics import METRICS, Metric
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task

LEVEL = 0.95
BLOCKS = 2000
"""More units than this are dealt out at random to this many blocks, which are resampled in their place: the standard
error of a mean stays unbiased, and is itself known to 1/sqrt(2 BLOCKS) = 1.6 %."""


ROUNDING = 1e-9
"""A part this near to 0 or 1 is there."""


@dataclass(frozen=True)
class Interval:
    """A value with the ends of its interval; NaN ends where none can be made (fewer than 5 units, or no
    bootstrap)."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Resampler:
    """The same resamples of the same rows for every metric and every method.

    Attributes:
        groups: [sample] rows with equal values are drawn together.
        bootstrap: the number of resamples; 0 for none.
        seed: of the draws.
        level: of the intervals.
    """

    groups: np.ndarray
    bootstrap: int = 1000
    seed: int = 0
    level: float = LEVEL

    @cached_property
    def unit(self) -> np.ndarray:
        """The unit (group, or block of groups) of each row: int64 [sample]."""
        _, code = np.unique(self.groups, return_inverse=True)
        total = int(code.max()) + 1
        if total <= BLOCKS:
            return code
        return np.random.default_rng(self.seed).permutation(total)[code] % BLOCKS

    @cached_property
    def counts(self) -> np.ndarray:
        """How often each unit is drawn: float64 [bootstrap, unit]."""
        units = self.units
        drawn = np.random.default_rng((self.seed, 1)).integers(units, size=(self.bootstrap, units))
        flat = drawn + units * np.arange(self.bootstrap)[:, None]
        counted = np.bincount(flat.ravel(), minlength=self.bootstrap * units)
        return counted.reshape(self.bootstrap, units).astype(np.float64)

    @property
    def units(self) -> int:
        """How many units there are."""
        return int(self.unit.max()) + 1

    @property
    def possible(self) -> bool:
        """Whether there is enough to resample."""
        return self.bootstrap > 0 and self.units >= FEWEST

    def distribution(self, metric: Metric, outcome: Outcome) -> np.ndarray:
        """The metric of every resample: float64 [bootstrap]."""
        if len(outcome) != len(self.groups):
            given = f"{len(outcome)} rows beside {len(self.groups)}"
            raise UsageError("resamples belong to the rows they were made for", where="bootstrap", given=given)
        rows = metric.rows(outcome)
        flat = rows.reshape(len(rows), -1) * outcome.weights[:, None]
        sums = np.stack([np.bincount(self.unit, weights=column) for column in flat.T], axis=1)
        weight = self.counts @ np.bincount(self.unit, weights=outcome.weights)
        # A resample of rows that all have weight zero says nothing.
        means = (self.counts @ sums) / np.where(weight > 0, weight, np.nan)[:, None]
        return metric.finish(means.reshape(self.bootstrap, *rows.shape[1:]))

    def interval(self, metric: Metric, outcome: Outcome) -> Interval:
        """The metric with the central `level` of its bootstrap distribution."""
        value = metric(outcome)
        if not self.possible:
            return Interval(value)
        low, high = self.ends(self.distribution(metric, outcome))
        if metric.part and low == high and min(low, 1 - low) < ROUNDING:
            unlike = 1 - (0.5 - self.level / 2) ** (1 / self._judging(metric, outcome))
            low, high = max(0.0, low - unlike), min(1.0, high + unlike)
        return Interval(value, low, high)

    def _judging(self, metric: Metric, outcome: Outcome) -> int:
        """Units that could have spoken against it: those of the rarest class where every class has its part."""
        if metric.part == "rows" or outcome.task is not Task.CLASSIFICATION:
            return self.units
        return min(units_of(outcome).values())

    def ends(self, values: np.ndarray) -> tuple[float, float]:
        """The ends of the interval from what is finite among resampled values."""
        finite = values[np.isfinite(values)]
        if not finite.size:
            return math.nan, math.nan
        low, high = np.quantile(finite, [self.tail, 1 - self.tail])
        return float(low), float(high)

    @cached_property
    def tail(self) -> float:
        """The part of the resamples beyond each end."""
        few = stdtrit(self.units - 1, 0.5 + self.level / 2) * math.sqrt(self.units / (self.units - 1))
        return float(ndtr(-few))


def interval(metric: str | Metric, outcome: Outcome, *, bootstrap: int = 1000, seed: int = 0) -> Interval:
    """One metric with its 95 % bootstrap interval over the outcome's groups."""
    metric = METRICS[metric] if isinstance(metric, str) else metric
    return Resampler(outcome.groups, bootstrap, seed).interval(metric, outcome)


def evaluate(
    outcome: Outcome,
    metrics: Mapping[str, Metric] = METRICS,
    *,
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Interval]:
    """Every metric that applies to the outcome, each with its interval, from one set of resamples."""
    resampler = Resampler(outcome.groups, bootstrap, seed)
    return {name: resampler.interval(metric, outcome) for name, metric in metrics.items() if metric.applies(outcome)}


def units_of(outcome: Outcome) -> dict[int, int]:
    """How many units hold each observed class."""
    pairs = np.unique(np.stack([outcome.labels, np.unique(outcome.groups, return_inverse=True)[1]], axis=1), axis=0)
    found, counts = np.unique(pairs[:, 0], return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))
