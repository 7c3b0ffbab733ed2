"""Targets of which only a limit is known: who is calibrated, scored and judged on which rows.

A limit is no observation: the difference between a prediction and a limit is no error. Calibration therefore uses the
out-of-bag rows that are predicted well clear of all limits (a choice by what is predicted, which leaves the errors as
they are; a choice by what was observed would not). Scores are of the rows with a value. The likelihood is that of all
rows, with Phi where a limit stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import log_ndtr

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Role
from isinglass.workbench.judging.fold import Fold

CLEAR = 1.6449
"""Standard deviations between a prediction and the limits: one in twenty of its values would be censored."""

FEWEST = 2
"""Test rows with a value below which nothing can be scored on them alone."""


def is_censored(dataset: Dataset) -> bool:
    """Whether some target of some row is a limit."""
    return bool(len(dataset.censoring)) and bool(dataset.censoring.any())


def clear(bagged: Outcome, dataset: Dataset) -> Outcome:
    """The outcome without the predictions (NaN) that lie near a limit of the data set or beyond it."""
    if not is_censored(dataset) or bagged.mean is None or bagged.std is None:
        return bagged
    mean = bagged.mean.copy()
    for out, (values, sign) in enumerate(zip(dataset.targets.T, dataset.censoring.T, strict=True)):
        lowest = values[sign < 0].max(initial=-np.inf)
        highest = values[sign > 0].min(initial=np.inf)
        with np.errstate(invalid="ignore"):
            reach = CLEAR * bagged.std[:, out]
            near = (mean[:, out] - reach < lowest) | (mean[:, out] + reach > highest)
        mean[near, out] = np.nan
    return replace(bagged, mean=mean)


def quantified(splits: Splits, dataset: Dataset) -> tuple[Splits, tuple[str, ...]]:
    """The splits whose test rows all have values; the others are UNUSED in scoring, and a note says so."""
    if not is_censored(dataset):
        return splits, ()
    limits = np.asarray(dataset.censoring.any(axis=1))
    tested = splits.tested
    left = int(limits[tested].sum())
    if not left:
        return splits, ()
    if len(tested) - left < FEWEST:
        return splits, (
            f"{left} of {len(tested)} unseen rows hold a limit and no value: the scores compare predictions with "
            "limits and say little",
        )
    role = splits.role.copy()
    role[:, limits] = np.where(role[:, limits] == Role.TEST, Role.UNUSED, role[:, limits])
    return replace(splits, role=role), (
        f"{left} of {len(tested)} unseen rows hold a limit and no value: errors, coverage and the verdict are of the "
        f"other {len(tested) - left}, which flatters methods that predict too much where little is; conventional "
        "methods know no limits and learn the limit itself in their place",
    )


def log_likelihood(mean: np.ndarray, std: np.ndarray, observed: np.ndarray, sign: np.ndarray) -> float:
    """The mean over rows and targets of log p(y), or of log Phi where y is a limit: all [sample, out]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (observed - mean) / std
        known = -0.5 * np.log(2 * np.pi) - np.log(std) - 0.5 * z**2
        return float(np.where(sign == 0, known, log_ndtr(-sign * z)).mean())


def likelihood_note(dataset: Dataset, splits: Splits, folds: Sequence[Fold]) -> tuple[str, ...]:
    """The censored log-likelihood of all unseen rows, beside that of one normal distribution for all rows."""
    rows = np.concatenate([fold.tested for fold in folds])
    told = [fold.ensemble.predict(dataset.inputs[fold.tested]) for fold in folds]
    mean, std = np.concatenate([one.mean for one in told]), np.concatenate([one.std for one in told])
    ours = log_likelihood(mean, std, dataset.targets[rows], dataset.censoring[rows])
    learnt = np.flatnonzero((splits.role == Role.TRAIN).any(axis=0))
    center, width = constant(dataset.targets[learnt], dataset.censoring[learnt])
    blank = log_likelihood(center, width, dataset.targets[rows], dataset.censoring[rows])
    return (
        f"Log-likelihood of all {len(rows)} unseen rows, limits included: {ours:.3g} a row, {blank:.3g} for the same "
        "normal distribution in every row (higher is better)",
    )


def constant(values: np.ndarray, sign: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation [out] of the normal distribution that values and limits [sample, out] are likeliest
    from."""
    from scipy.optimize import minimize

    found = []
    for column, side in zip(values.T, sign.T, strict=True):
        start, spread = column.mean(), max(column.std(), 1e-12)

        def negative(theta: np.ndarray, column=column, side=side, start=start, spread=spread) -> float:
            mean, std = start + spread * theta[0], spread * np.exp(theta[1])
            return -log_likelihood(mean, std, column, side)

        best = minimize(negative, np.zeros(2), method="Nelder-Mead").x
        found.append((start + spread * best[0], spread * np.exp(best[1])))
    return np.array([one[0] for one in found]), np.array([one[1] for one in found])
