"""Fitting a `Calibration` on out-of-bag rows: each predicted by members that neither trained nor stopped on it.

Standard deviations are multiplied by the factor that maximises the normal likelihood, s^2 = mean((y - m)^2 / std^2).
Intervals are conformal: their half-widths are quantiles of |y - m| / std, taken at (n + 1)/n of the nominal coverage,
so that new rows of the same kind are covered with at least that probability (Lei et al. 2018,
doi:10.1080/01621459.2017.1307116). Probabilities are tempered by the temperature that minimises the log loss (Guo et
al. 2017). Everything is per target and weighted by the rows' weights.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.metrics.metric import given
from isinglass.evaluation.outcome import Outcome
from isinglass.learning.calibration import Calibration, log_tempered, tempered
from isinglass.types import Task

LEVELS = tuple(round(level, 3) for level in (*np.arange(1, 100) / 100, 0.995, 0.999))
FEWEST = 20
"""With fewer rows than this nothing is corrected: the correction would be noise."""

TEMPERATURES = (0.05, 20.0)


def fit_calibration(outcome: Outcome) -> Calibration:
    """The calibration that makes an outcome honest; rows whose prediction is not finite are left out.

    Args:
        outcome: what the model said, uncorrected, of out-of-bag rows: mean and std, or probabilities.

    Returns:
        A `Calibration`; the one that corrects nothing where fewer than 20 rows can be used.
    """
    predicted = outcome.mean if outcome.task is Task.REGRESSION else outcome.probabilities
    usable = np.isfinite(given(predicted)).all(1) & (outcome.weights > 0)
    if usable.sum() < FEWEST:
        return Calibration()
    outcome = outcome.take(np.flatnonzero(usable))
    return _regression(outcome) if outcome.task is Task.REGRESSION else _temperature(outcome)


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
    std = np.maximum(given(outcome.std), np.finfo(np.float64).tiny)
    z = np.abs(outcome.observed - given(outcome.mean)) / std
    scale = np.sqrt(np.average(z**2, axis=0, weights=outcome.weights))
    scale = np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)
    columns = (z / scale).T
    widths = tuple(tuple(conformal(column, outcome.weights, level) for level in LEVELS) for column in columns)
    return Calibration(tuple(scale.tolist()), LEVELS, widths, rows=len(outcome))


def _temperature(outcome: Outcome) -> Calibration:
    from scipy.optimize import minimize_scalar  # 0.3 s to import, and only classes need it

    probabilities = given(outcome.probabilities)
    bounds = np.log(TEMPERATURES)
    found = minimize_scalar(
        lambda log: _loss(outcome, probabilities, float(np.exp(log))), bounds=bounds, method="bounded"
    )
    temperature = float(np.exp(found.x))
    # A temperature that does not help on its own rows would only add noise.
    better = _loss(outcome, probabilities, temperature) < _loss(outcome, probabilities, 1.0)
    return Calibration(temperature=temperature if better else 1.0, rows=len(outcome))


def _loss(outcome: Outcome, probabilities: np.ndarray, temperature: float) -> float:
    if outcome.task is Task.CLASSIFICATION:
        logs = log_tempered(probabilities, temperature)
        known = outcome.labels < logs.shape[1]
        rows = np.flatnonzero(known)
        return -float(np.average(logs[rows, outcome.labels[rows]], weights=outcome.weights[rows]))
    warmer = tempered(probabilities, temperature, outcome.task)
    return METRICS["log_loss"](Outcome(outcome.observed, outcome.task, probabilities=warmer, weights=outcome.weights))
