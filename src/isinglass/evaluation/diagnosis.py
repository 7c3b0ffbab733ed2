"""Under- and overfitting, in words, from errors on seen and unseen rows and from the learning curves.

Rules, in this order (errors are mean losses that are 0 at best, such as squared errors):

| finding | rule |
|---|---|
| overfitting | unseen error >= 2 x training error, and another method reaches 0.8 x the unseen error |
| underfitting | unseen error < 2 x training error, and another method reaches 2/3 of both errors |
| not finished | the stopping loss still falls by more than 2 % over the last tenth of the epochs |
| no skill | unseen error >= 0.98 x that of always predicting the mean, but another method has less than that |
| no signal | unseen error >= 0.98 x that of always predicting the mean, and so has every other method |
| memorising | unseen error >= 2 x training error, but nothing known is much better: harmless so far |
| good | everything else |

The factors are conventions, chosen so that the classical pictures (polynomials of degree 1, 3 and 30) are named as the
textbooks name them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

GAP = 2.0
BETTER_UNSEEN, BETTER_BOTH = 0.8, 2.0 / 3.0
FALLING, LAST = 0.02, 0.1
SIGNAL = 0.98

Finding = Literal["overfitting", "underfitting", "not finished", "no skill", "no signal", "memorising", "good"]


@dataclass(frozen=True)
class Diagnosis:
    """What was found, and the sentence that says so."""

    finding: Finding
    words: str


def diagnose(
    train: float,
    unseen: float,
    *,
    best: float = math.nan,
    constant: float = math.nan,
    stop: np.ndarray | None = None,
) -> Diagnosis:
    """Name what the errors show.

    Args:
        train: error on the rows that were trained on.
        unseen: error on rows that were not (validation, out of bag or test).
        best: the smallest unseen error of any other method; NaN where there is none.
        constant: unseen error of predicting the mean; NaN where unknown.
        stop: [epoch] or [member, epoch] loss on the early-stopping rows; NaN after a member has stopped.
    """
    gap = unseen / train if train > 0 else math.inf
    # "not (a < b)" holds for NaN too: nothing to compare with is no reason to complain.
    if gap >= GAP and best <= BETTER_UNSEEN * unseen:
        words = f"Overfitting: the error on unseen rows is {_times(gap)} that on training rows, and another method"
        return Diagnosis("overfitting", f"{words} does better; more regularisation, fewer weights or more rows help.")
    if gap < GAP and best <= BETTER_BOTH * min(train, unseen):
        words = "Underfitting: the error is large on training rows too, and another method does much better;"
        return Diagnosis("underfitting", f"{words} a larger machine, more inputs or longer training help.")
    if _still_falling(stop):
        return Diagnosis("not finished", "Not finished: the loss was still falling at the end; more epochs help.")
    if unseen >= SIGNAL * constant:
        return _no_better_than_the_mean(best, constant)
    if gap >= GAP:
        words = f"The error on unseen rows is {_times(gap)} that on training rows: the machine has memorised details"
        return Diagnosis("memorising", f"{words}. No method at hand does much better on unseen rows; more would help.")
    return Diagnosis("good", "Neither under- nor overfitting: the errors on training and unseen rows are alike.")


def _no_better_than_the_mean(best: float, constant: float) -> Diagnosis:
    """What nobody found is not said to be absent."""
    words = "on these unseen rows the predictions are no better than the mean"
    if best < SIGNAL * constant:
        return Diagnosis("no skill", f"No skill: {words}, but another method is; what the inputs tell was not learnt.")
    others = "nor are those of another method; " if math.isfinite(best) else ""
    return Diagnosis("no signal", f"No signal found: {words}; {others}other inputs or more rows might show one.")


def _times(gap: float) -> str:
    return "far above" if not math.isfinite(gap) else f"{gap:.1f} times"


def _still_falling(stop: np.ndarray | None) -> bool:
    """Whether the median member that never stopped improved by more than 2 % over its last tenth of the epochs."""
    if stop is None:
        return False
    curves = np.atleast_2d(np.asarray(stop, np.float64))
    running = curves[np.isfinite(curves).all(1)]
    if 2 * len(running) < len(curves) or curves.shape[1] < 10:
        return False
    before = running[:, : -max(int(LAST * curves.shape[1]), 1)].min(1)
    return bool(np.median((before - running.min(1)) / np.maximum(np.abs(before), 1e-300)) > FALLING)


def curve(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The spread of learning curves over members: median, 10th and 90th percentile of [member, epoch], each [epoch].

    A member that has stopped keeps its last value, so the curve does not jump when members leave.
    """
    filled = np.atleast_2d(np.asarray(values, np.float64)).copy()
    for epoch in range(1, filled.shape[1]):
        gone = ~np.isfinite(filled[:, epoch])
        filled[gone, epoch] = filled[gone, epoch - 1]
    low, middle, high = np.quantile(filled, [0.1, 0.5, 0.9], axis=0)
    return middle, low, high
