"""How much one method gains over another on the same unseen rows, with an interval that few units do not shorten.

The gain of a over b is 1 - L(a) / L(b): the part of b's loss that a saves. The loss is the metric where low is better,
and 1 - metric where high is. The variances and covariances of all losses come from the jackknife that leaves out one
unit (a group, or a row) at a time: n - 1 times the mean squared deviation of the losses without each of n units (Efron
and Tibshirani 1993, chapter 11). The interval is Fieller's (1954, doi:10.1111/j.2517-6161.1954.tb00159.x): all ratios
t for which |L(a) - t L(b)| is at most c standard errors of itself, with c from Student's t for n - 1 degrees of
freedom. It stays honest where a loss is near 0 or hangs on a few rows: it is then wide, or has no end. On logarithms
of the ratio such rows (errors of log-normal size, 20 units) were called different four times as often as promised.

A part of rows, such as Brier scores and overlaps, gets half a row that only the one method has wrong and half a row
that only the other has (Agresti and Min 2005, doi:10.1002/sim.1781): twelve of twelve are no certainty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from isinglass.errors import UsageError
from isinglass.evaluation.intervals import LEVEL, Interval, Resampler
from isinglass.evaluation.metrics import Metric
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task


@dataclass(frozen=True)
class Losses:
    """What every method lost, and how the losses vary together.

    Attributes:
        names: of the methods.
        values: [method], 0 at best.
        covariance: [method, method].
        units: independent units behind them.
    """

    names: tuple[str, ...]
    values: np.ndarray
    covariance: np.ndarray
    units: int

    def loss(self, name: str) -> float:
        """The loss of one method."""
        return float(self.values[self.names.index(name)])

    def gain(self, first: str, second: str, *, tests: int = 1, level: float = LEVEL) -> Interval:
        """The part of the second's loss that the first saves, with its interval.

        Args:
            first: the method that may be better.
            second: the method that it is compared with.
            tests: how many such comparisons are made of which one is then told: each has its share of the error
                (Bonferroni; Dunn 1961, doi:10.1080/01621459.1961.10482090).
            level: of all these intervals together.
        """
        a, b = self.names.index(first), self.names.index(second)
        value = 1.0 - _ratio(self.values[a], self.values[b])
        if self.units < 2:
            return Interval(value)
        critical = float(stdtrit(self.units - 1, 1 - (1 - level) / 2 / tests))
        variance = self.covariance[a, a], self.covariance[a, b], self.covariance[b, b]
        low, high = fieller(float(self.values[a]), float(self.values[b]), variance, critical)
        return Interval(float(value), float(1.0 - high), float(1.0 - low))


def losses(outcomes: Mapping[str, Outcome], metric: Metric, *, seed: int = 0) -> Losses:
    """The losses of methods on the same rows.

    Args:
        outcomes: by name, for the same rows in the same order; the groups of the first are the units.
        metric: better when low or high.
        seed: deals more than 2000 units out to blocks (see `Resampler`).

    Raises:
        UsageError: other rows, or a metric without a direction.
    """
    if metric.better == "nominal":
        raise UsageError("a gain needs a metric that is better when lower or higher", given=metric.name)
    first = next(iter(outcomes.values()))
    if any(len(o) != len(first) or not np.array_equal(o.observed, first.observed) for o in outcomes.values()):
        raise UsageError("a paired comparison needs the same rows in the same order", where="compare")
    resampler = Resampler(first.groups, 0, seed)
    values, without = zip(*(_jackknife(metric, outcome, resampler) for outcome in outcomes.values()), strict=True)
    units = resampler.units
    deviation = np.stack(without) - np.mean(without, axis=1, keepdims=True)
    covariance = (units - 1) / units * deviation @ deviation.T
    if first.task is not Task.REGRESSION:
        covariance = covariance + np.eye(len(values)) * 0.5 / (units * len(first))
    return Losses(tuple(outcomes), np.array(values), covariance, units)


def fieller(a: float, b: float, variance: tuple[float, float, float], critical: float) -> tuple[float, float]:
    """The ends of all ratios t >= 0 with (a - t b)^2 <= critical^2 (var a - 2 t cov + t^2 var b); (0, inf) for all."""
    aa, ab, bb = (critical**2 * part for part in variance)
    square, middle, rest = b**2 - bb, a * b - ab, a**2 - aa
    root = math.sqrt(max(middle**2 - square * rest, 0.0))
    if square > 0:
        return max((middle - root) / square, 0.0), (middle + root) / square
    # b is not known to be above 0: no ratio is too large, and where a may be 0 too none is too small.
    if rest <= 0:
        return (1.0, 1.0) if a == b == 0 else (0.0, math.inf)
    if square < 0:
        return (middle - root) / square, math.inf
    return (rest / (2 * middle) if middle > 0 else math.inf), math.inf


def _jackknife(metric: Metric, outcome: Outcome, resampler: Resampler) -> tuple[float, np.ndarray]:
    """The loss, and that without each unit: [unit]."""
    rows = metric.rows(outcome)
    flat = rows.reshape(len(rows), -1) * outcome.weights[:, None]
    sums = np.stack([np.bincount(resampler.unit, weights=column) for column in flat.T], axis=1)
    weight = np.bincount(resampler.unit, weights=outcome.weights)
    left = weight.sum() - weight
    means = (sums.sum(axis=0) - sums) / np.where(left > 0, left, np.nan)[:, None]
    found = metric.finish(means.reshape(len(weight), *rows.shape[1:]))
    value = metric(outcome)
    found = np.where(np.isfinite(found), found, value)
    return (1.0 - value, 1.0 - found) if metric.better == "high" else (value, found)


def _ratio(a: float, b: float) -> float:
    """a / b; two methods without any loss are equally good."""
    if b > 0:
        return float(a / b)
    return math.inf if a > 0 else 1.0
