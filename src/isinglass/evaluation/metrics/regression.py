"""How far point predictions are off. Several outputs count equally; e = prediction - observation."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.metrics.metric import Metric, divide, first, given, over_cells
from isinglass.evaluation.outcome import Outcome


def _error(outcome: Outcome) -> np.ndarray:
    return given(outcome.mean) - outcome.observed


def _squared(outcome: Outcome) -> np.ndarray:
    return _error(outcome)[:, None] ** 2


def _absolute(outcome: Outcome) -> np.ndarray:
    return np.abs(_error(outcome))[:, None]


def _signed(outcome: Outcome) -> np.ndarray:
    return _error(outcome)[:, None]


def _explained(outcome: Outcome) -> np.ndarray:
    y = _centred(outcome.observed, outcome.weights)
    return np.stack([_error(outcome) ** 2, y**2, y], axis=1)


def _moments(outcome: Outcome) -> np.ndarray:
    y, p = _centred(outcome.observed, outcome.weights), _centred(given(outcome.mean), outcome.weights)
    return np.stack([y, p, y**2, p**2, y * p], axis=1)


def _centred(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    # Moments about the mean keep their digits where the mean is large beside the spread.
    return values - np.average(values, axis=0, weights=weights)


def _root(means: np.ndarray) -> np.ndarray:
    return np.sqrt(means[..., 0, :]).mean(-1)


def _r2(means: np.ndarray) -> np.ndarray:
    error, square, mean = np.moveaxis(means, -2, 0)
    return over_cells(1.0 - divide(error, _spread(square, mean)))


def _relative(means: np.ndarray) -> np.ndarray:
    error, square, mean = np.moveaxis(means, -2, 0)
    return over_cells(np.sqrt(divide(error, _spread(square, mean))))


def _correlation(means: np.ndarray) -> np.ndarray:
    y, p, yy, pp, yp = np.moveaxis(means, -2, 0)
    return over_cells(divide(yp - y * p, np.sqrt(_spread(yy, y) * _spread(pp, p))))


def _spread(square: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """The variance; 0 where it is lost in rounding."""
    variance = square - mean**2
    return np.where(variance > 1e-12 * np.maximum(square, 1e-300), variance, 0.0)


RMSE = Metric("rmse", "RMSE", _squared, _root, power=1)
"""sqrt(mean e^2)."""

NRMSE = Metric("nrmse", "RMSE / spread", _explained, _relative)
"""sqrt(mean e^2 / mean (y - mean y)^2): 1 for the mean of the rows. Of several targets the mean, in which each counts
alike whatever its unit; NaN for constant ones."""

MAE = Metric("mae", "MAE", _absolute, first, power=1)
"""mean |e|."""

BIAS = Metric("bias", "bias", _signed, first, better="nominal", nominal=0.0, power=1)
"""mean e."""

R2 = Metric("r2", "R²", _explained, _r2, better="high")
"""1 - sum e^2 / sum (y - mean y)^2; NaN for a constant target."""

CORRELATION = Metric("correlation", "correlation", _moments, _correlation, better="high")
"""Pearson's correlation of observation and prediction; NaN where one is constant."""
