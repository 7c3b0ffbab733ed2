"""What a loss is: an unreduced function of raw outputs and targets, and the meaning of the raw outputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from isinglass.spec import Task


@dataclass(frozen=True)
class Predictive:
    """What raw outputs say about the target, in the units of the (scaled) target. Fields that a loss cannot
    give are None.

    Args:
        mean: `[..., batch, out]`, the point prediction (the median for the absolute and quantile losses).
        variance: `[..., batch, out]`, of the noise.
        probabilities: `[..., batch, class]`, or `[..., batch, out]` of each label for multilabel tasks.
        quantiles: `[..., batch, out, level]`, not crossing.
        levels: the probability of each quantile.
        calibrated: False where the probabilities are a monotone reading of scores that were not trained as
            probabilities (SVM losses): they need calibration before they may be believed.
    """

    mean: Tensor | None = None
    variance: Tensor | None = None
    probabilities: Tensor | None = None
    quantiles: Tensor | None = None
    levels: tuple[float, ...] = ()
    calibrated: bool = True


@dataclass(frozen=True)
class Loss:
    """One loss.

    Args:
        name: its key in `LOSSES`.
        function: raw `[..., batch, width]`, target `[..., batch, out]` -> `[..., batch]`. Never reduced over
            samples, so fold masks and weights stay one vector; differentiable; any leading member axes.
        width: number of raw outputs for `out` targets (regression, multilabel) or for the number of classes.
        predict: raw -> Predictive.
        tasks: where it makes sense.
        standardize: whether targets are centred and scaled before they reach `function`; False for counts and
            classes.
        located: whether the first `out` raw outputs are the point prediction in the target's scaled units:
            what constraint layers act on.
        censored: whether a target may be a limit: `function` then takes targets `[..., batch, 2 out]`,
            behind the values -1 (below), 1 (above) or 0, and `[..., batch, out]` where no target is.
        centred: whether standardised targets are also centred; False where 0 has a meaning of its own.
        lowest: no target, and no end of a band, is smaller than this.
        watch: what early stopping looks at in place of `function`, of the same form; None: `function` itself.
    """

    name: str
    function: Callable[[Tensor, Tensor], Tensor]
    width: Callable[[int], int]
    predict: Callable[[Tensor], Predictive]
    tasks: tuple[Task, ...]
    standardize: bool = True
    located: bool = False
    centred: bool = True
    lowest: float = -math.inf
    watch: Callable[[Tensor, Tensor], Tensor] | None = None
    censored: bool = False


def shares(raw: Tensor) -> Tensor:
    """softmax over the last axis, `[..., batch, class]`.

    torch works off a short last axis number by number: with the classes before the samples it is eight times faster.
    """
    return raw.transpose(-1, -2).softmax(-2).transpose(-1, -2)
