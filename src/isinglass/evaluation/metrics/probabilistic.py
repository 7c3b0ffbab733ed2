"""How good predictive distributions are: normal with `mean` and `std`, and the interval `low`..`high`.

Scoring rules after Gneiting and Raftery 2007 (doi:10.1198/016214506000001437). Several outputs count equally.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy.special import ndtr, ndtri

from isinglass.evaluation.metrics.metric import Metric, first, given
from isinglass.evaluation.outcome import Outcome

DISTRIBUTION = ("mean", "std")
FARTHEST = 1e150  # its square and sums of that are numbers still: beyond it all is equally impossible
POINTS = np.arange(1, 20) / 20  # where the distribution of the PIT is compared with the uniform one


def bounds(outcome: Outcome, coverage: float) -> tuple[np.ndarray, np.ndarray]:
    """The central interval of a coverage, [sample, out] each: the outcome's own at its nominal coverage, else that of
    the normal distribution."""
    if outcome.low is not None and outcome.high is not None and np.isclose(coverage, outcome.coverage):
        return outcome.low, outcome.high
    half = ndtri(0.5 + coverage / 2) * _std(outcome)
    return given(outcome.mean) - half, given(outcome.mean) + half


def pit(outcome: Outcome) -> np.ndarray:
    """Probability integral transform Phi((y - mean) / std), uniform for a calibrated method: [sample, out]."""
    return ndtr(_standardised(outcome))


def reliability(outcome: Outcome, levels: np.ndarray) -> np.ndarray:
    """The measured coverage of central intervals of the normal distribution: levels [level] -> [level, out]."""
    distance = np.abs(2.0 * pit(outcome) - 1.0)
    inside = distance[None] <= np.asarray(levels)[:, None, None]
    return np.average(inside, axis=1, weights=outcome.weights)


def _std(outcome: Outcome) -> np.ndarray:
    return np.maximum(given(outcome.std), np.finfo(np.float64).tiny)


def _standardised(outcome: Outcome) -> np.ndarray:
    """(y - m) / s, at most FARTHEST either way."""
    with np.errstate(over="ignore"):
        return np.clip((outcome.observed - given(outcome.mean)) / _std(outcome), -FARTHEST, FARTHEST)


def _nll(outcome: Outcome) -> np.ndarray:
    std, z = _std(outcome), _standardised(outcome)
    return (0.5 * np.log(2 * np.pi) + np.log(std) + 0.5 * z**2)[:, None]


def _crps(outcome: Outcome) -> np.ndarray:
    std, z = _std(outcome), _standardised(outcome)
    with np.errstate(under="ignore"):
        density = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    return (std * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / np.sqrt(np.pi)))[:, None]


def _covered(outcome: Outcome, *, level: float) -> np.ndarray:
    low, high = bounds(outcome, level)
    return ((outcome.observed >= low) & (outcome.observed <= high)).astype(np.float64)[:, None]


def _width(outcome: Outcome) -> np.ndarray:
    low, high = bounds(outcome, outcome.coverage)
    return (high - low)[:, None]


def _interval_score(outcome: Outcome) -> np.ndarray:
    low, high = bounds(outcome, outcome.coverage)
    missed = np.maximum(low - outcome.observed, 0) + np.maximum(outcome.observed - high, 0)
    return (high - low + 2 / (1 - outcome.coverage) * missed)[:, None]


def _cumulated(outcome: Outcome) -> np.ndarray:
    return (pit(outcome)[:, None] <= POINTS[:, None]).astype(np.float64)


def _deviation(means: np.ndarray) -> np.ndarray:
    return np.abs(means - POINTS[:, None]).max(-2).mean(-1)


def coverage(level: float) -> Metric:
    """Part of the observations inside the central interval of nominal coverage `level`; should be `level`."""
    percent = f"{100 * level:g}"
    needs = ("low", "high")
    return Metric(
        f"coverage_{percent}", f"coverage of {percent} %", partial(_covered, level=level), first, "nominal",
        needs=needs, nominal=level, part="rows",
    )  # fmt: skip


NLL = Metric("nll", "NLL", _nll, first, needs=DISTRIBUTION)
"""Negative log likelihood of the normal distribution, mean of ln(2 pi s^2)/2 + (y - m)^2 / (2 s^2)."""

CRPS = Metric("crps", "CRPS", _crps, first, needs=DISTRIBUTION, power=1)
"""Continuous ranked probability score of the normal distribution, s (z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi))."""

COVERAGE_90 = coverage(0.9)

SHARPNESS = Metric("sharpness", "mean width of the interval", _width, first, needs=("low", "high"), power=1)
"""Mean of high - low at the outcome's coverage: of two methods that cover equally, the narrower is the better."""

INTERVAL_SCORE = Metric("interval_score", "interval score", _interval_score, first, needs=("low", "high"), power=1)
"""Mean of width + 2/alpha times the distance by which an observation is missed, alpha = 1 - coverage (Winkler 1972)."""

PIT = Metric("pit", "PIT deviation", _cumulated, _deviation, needs=DISTRIBUTION)
"""Largest distance of the PIT's cumulative distribution from the uniform one at 0.05, 0.10 ... 0.95 (0: calibrated)."""
