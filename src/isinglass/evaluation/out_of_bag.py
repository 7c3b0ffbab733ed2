"""What out-of-bag rows would have shown if every member had answered them, as every member answers a new row.

An out-of-bag row is predicted by the k members of K that did not train on it: four of sixteen, say. A mean of few errs
by more, and of few members neither the disagreement nor the mean noise is known well. Scores |y - mean| / std are
therefore larger than a new row's, and a band that covers 90 % of them covers too much; and probabilities that are a
mean of few are too sharp, so that they are tempered more than a new row's need. To first order in 1/k

    typical |z| = a + b / k,     log T = a + b / k

with the temperature T. b is found on the rows themselves: each that k >= 4 members answered is answered again by every
second one of those, and the difference of the two scores is b times the difference of the mean 1/k. Everything but the
number of members is the same in both, so even a few hundred rows tell. Typical is the mean without the largest tenth:
where two members happen to agree on something wrong, scores are large without bounds.

References: Breiman (1996), Out-of-bag estimation; the extrapolation is a jackknife's (Quenouille 1956,
doi:10.1093/biomet/43.3-4.353).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isinglass.evaluation.calibration import temperature_of
from isinglass.evaluation.metrics.metric import given
from isinglass.evaluation.outcome import Outcome
from isinglass.inference.calibration import tempered
from isinglass.spec import Task

FEWEST = 4
"""Members of a row that can be halved: each half needs two for a disagreement."""
STEEPEST = 0.8
"""Largest part of the score that is put down to the number of members."""
STEEPEST_LOG = 4.0
"""Largest b of the temperature's logarithm: with it, four of sixteen members are twice as sharp as all."""
TYPICAL = 0.9
"""Part of the scores, the smallest ones, whose mean is compared."""


def halved(keep: np.ndarray) -> np.ndarray:
    """bool [member, sample]: every second one of the members that may speak of a row."""
    return keep & (np.cumsum(keep, axis=0) % 2 == 0)


def slope(whole: Outcome, half: Outcome, answered: np.ndarray) -> np.ndarray:
    """How steeply scores rise with 1/k: float64 [out], b / a of numbers; [1], b of classes and labels. Not negative.

    Args:
        whole: uncorrected, of rows that at least four members answered.
        half: the same rows as `halved` says.
        answered: [sample] k, how many members spoke of each row in `whole`.
    """
    few, many = (np.average(1 / count, weights=whole.weights) for count in (answered // 2, answered))
    if whole.task is not Task.REGRESSION:
        sharper = np.log(temperature_of(half) / temperature_of(whole))
        return np.clip([sharper / (few - many)], 0, STEEPEST_LOG)
    errs, less = _typical(half), _typical(whole)
    steep = np.clip((errs - less) / (few - many), 0, STEEPEST * less / many)
    with np.errstate(invalid="ignore"):  # of members that are never wrong
        return np.nan_to_num(steep / (less - steep * many))


def answered_by_all(bagged: Outcome, steep: np.ndarray, answered: np.ndarray, members: int) -> Outcome:
    """The outcome with standard deviations as much larger, or logits as much smaller, as makes its scores those of K
    members.

    Args:
        bagged: uncorrected.
        steep: what `slope` found.
        answered: [sample] k.
        members: K.
    """
    counts = answered[:, None]
    if bagged.task is not Task.REGRESSION:
        cooler = np.exp(steep * (1 / counts - 1 / members))
        return replace(bagged, probabilities=tempered(given(bagged.probabilities), cooler, bagged.task))
    factor = (1 + steep / counts) / (1 + steep / members)
    return replace(bagged, std=given(bagged.std) * factor)


def _typical(outcome: Outcome) -> np.ndarray:
    """The mean score [out] without the largest ones."""
    std = np.maximum(given(outcome.std), np.finfo(np.float64).tiny)
    scores = np.abs(outcome.observed - given(outcome.mean)) / std
    small = scores <= np.quantile(scores, TYPICAL, axis=0)
    weights = outcome.weights[:, None] * small
    return np.sum(weights * scores, axis=0) / np.sum(weights, axis=0)
