"""Fitting a `Calibration` on out-of-bag rows: each predicted by members that neither trained nor stopped on it.

Standard deviations are corrected by a factor, where it helps by a floor too, and agree with the band (see `spread`).
Intervals are conformal: their half-widths are quantiles of |y - m| / std, taken at (n + 1)/n of the nominal coverage,
so that new rows of the same kind are covered with at least that probability (Lei et al. 2018,
doi:10.1080/01621459.2017.1307116). Probabilities are tempered by the temperature that minimises the log loss (Guo et
al. 2017), if it lowers the log loss of units that it was not fitted on; what no row has shown keeps a probability that
their number tells (see `Calibration.probabilities`). Everything is per target and weighted by the rows' weights; rows
of the same unit (`Outcome.groups`) are left out together.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from isinglass.evaluation.metrics.metric import given
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.spread import LEVEL, fit_spread, parts_of
from isinglass.inference.calibration import TINY, Calibration, log_tempered, tempered
from isinglass.spec import Task

LEVELS = tuple(round(level, 3) for level in (*np.arange(1, 100) / 100, 0.995, 0.999))
FEWEST = 20
"""With fewer rows than this nothing is corrected: the correction would be noise."""

TEMPERATURES = (0.05, 20.0)


def fit_calibration(outcome: Outcome, *, witnesses: int | None = None) -> Calibration:
    """The calibration that makes an outcome honest; rows whose prediction is not finite are left out.

    Args:
        outcome: what the model said, uncorrected, of out-of-bag rows: mean and std, or probabilities.
        witnesses: how many of the rows are independent (see `independent`), from which the floor of probabilities
            follows; None: the number of units; 0: no floor.

    Returns:
        A `Calibration`; the one that corrects nothing where fewer than 20 rows can be used.
    """
    predicted = outcome.mean if outcome.task is Task.REGRESSION else outcome.probabilities
    usable = np.isfinite(given(predicted)).all(1) & (outcome.weights > 0)
    if usable.sum() < FEWEST:
        return Calibration()
    outcome = outcome.take(np.flatnonzero(usable))
    if outcome.task is Task.REGRESSION:
        return _regression(outcome)
    independent_rows = len(np.unique(outcome.groups)) if witnesses is None else witnesses
    return Calibration(temperature=_kept_temperature(outcome), rows=len(outcome), witnesses=independent_rows)


def once(outcome: Outcome, inputs: np.ndarray) -> Outcome:
    """The same, rows of equal inputs together weighing as one of them: copies of a row say nothing more.

    Args:
        outcome: of some rows.
        inputs: [sample] a hash of each row's inputs.
    """
    _, inverse, count = np.unique(inputs, return_inverse=True, return_counts=True)
    return outcome if count.max(initial=1) == 1 else replace(outcome, weights=outcome.weights / count[inverse])


def independent(outcome: Outcome, inputs: np.ndarray) -> int:
    """How many of the rows are independent: equal inputs that have always shown the same are one witness; where they
    have shown different things each row is a draw of its own."""
    _, inverse, count = np.unique(inputs, return_inverse=True, return_counts=True)
    _, pairs = np.unique(np.column_stack([inverse, outcome.observed]), axis=0, return_inverse=True)
    first = np.unique(pairs.ravel(), return_index=True)[1]
    mixed = np.bincount(inverse[first], minlength=len(count)) > 1
    return int(np.where(mixed, count, 1).sum())


def conformal(scores: np.ndarray, weights: np.ndarray, level: float) -> float:
    """The weighted quantile of nonconformity scores [sample] that covers a new row with probability `level`.

    The new row itself counts as one more score of mean weight, at infinity. Where so high a level cannot be had from so
    few rows, the largest score is stretched as the normal distribution's quantiles are.
    """
    order = np.argsort(scores, kind="stable")
    cumulated = np.cumsum(weights[order])
    wanted = level * (cumulated[-1] + weights.mean())
    place = int(np.searchsorted(cumulated, wanted * (1 - 1e-12), side="left"))
    if place < len(scores):
        return float(scores[order[place]])
    highest = len(scores) / (len(scores) + 1)
    stretch = ndtri(0.5 + level / 2) / ndtri(0.5 + highest / 2)
    return float(scores[order[-1]] * max(stretch, 1.0))


def _regression(outcome: Outcome) -> Calibration:
    error, std = outcome.observed - given(outcome.mean), given(outcome.std)
    found = [_spread(outcome, error[:, out], std[:, out]) for out in range(error.shape[1])]
    scale, floor, widths = zip(*found, strict=True)
    return Calibration(scale, LEVELS, widths, rows=len(outcome), floor=floor if any(floor) else ())


def _spread(outcome: Outcome, error: np.ndarray, std: np.ndarray) -> tuple[float, float, tuple[float, ...]]:
    """Factor and floor of one output, and the half-widths of its bands."""

    def scores(scale: float, floor: float) -> np.ndarray:
        return np.abs(error) / np.maximum(np.hypot(scale * std, floor), np.finfo(np.float64).tiny)

    def width(scale: float, floor: float) -> float:
        return conformal(scores(scale, floor), outcome.weights, LEVEL)

    spread = fit_spread(error, std, outcome.weights, outcome.groups, width=width)
    told = scores(*spread)
    return *spread, tuple(conformal(told, outcome.weights, level) for level in LEVELS)


def _kept_temperature(outcome: Outcome) -> float:
    """The temperature, if those of the other parts lower the log loss of the rows of each part; else 1."""
    _, part = parts_of(outcome.groups)
    if part.max() == 0:
        return 1.0
    gain = np.zeros(len(outcome))
    for one in np.unique(part):
        here, rest = np.flatnonzero(part == one), np.flatnonzero(part != one)
        tested = outcome.take(here)
        gain[here] = _losses(tested, temperature_of(outcome.take(rest))) - _losses(tested, 1.0)
    return temperature_of(outcome) if np.average(gain, weights=outcome.weights) < 0 else 1.0


def temperature_of(outcome: Outcome) -> float:
    """The temperature that minimises the log loss of the outcome itself; 1 where fewer than 20 rows can be used."""
    usable = np.isfinite(given(outcome.probabilities)).all(1) & (outcome.weights > 0)
    if usable.sum() < FEWEST:
        return 1.0
    return _temperature(outcome.take(np.flatnonzero(usable)))


def _temperature(outcome: Outcome) -> float:
    from scipy.optimize import minimize_scalar  # 0.3 s to import, and only classes need it

    def loss(log: float) -> float:
        return float(np.average(_losses(outcome, float(np.exp(log))), weights=outcome.weights))

    bounds = tuple(np.log(TEMPERATURES))
    found = minimize_scalar(loss, bounds=bounds, method="bounded").x
    # A temperature that does not help on its own rows would only add noise.
    return float(np.exp(found)) if loss(found) < loss(0.0) else 1.0


def _losses(outcome: Outcome, temperature: float) -> np.ndarray:
    """The log loss of each row, [sample]; of labels their mean; 0 for a class that the model does not know."""
    probabilities = given(outcome.probabilities)
    if outcome.task is Task.CLASSIFICATION:
        logs = log_tempered(probabilities, temperature)
        known = outcome.labels < logs.shape[1]
        return np.where(known, -logs[np.arange(len(logs)), np.where(known, outcome.labels, 0)], 0.0)
    told = np.clip(tempered(probabilities, temperature, outcome.task), TINY, 1 - TINY)
    return -np.where(outcome.observed > 0.5, np.log(told), np.log1p(-told)).mean(axis=1)
