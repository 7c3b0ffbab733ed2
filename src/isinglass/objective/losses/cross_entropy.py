"""Softmax cross entropy.

l(z, y) = -log softmax(z)_y = log sum_j exp(z_j) - z_y     (natural logarithm)

With label smoothing e, the target gives the true class 1 - e + e / classes and every other class e / classes.
With class weights w, l is multiplied by w_y.

Reference: Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.4;
smoothing: Szegedy et al. (2016), doi:10.1109/CVPR.2016.308.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive, shares
from isinglass.spec import Task
from isinglass.tensors import constant


def cross_entropy(raw: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """raw `[..., batch, class]`, target `[..., batch, 1]` (class index as a number) -> `[..., batch]`."""
    logs = raw.log_softmax(-1)
    index = target.long().expand(*raw.shape[:-1], 1)
    loss = -logs.gather(-1, index).squeeze(-1)
    return loss if smoothing == 0 else (1 - smoothing) * loss - smoothing * logs.mean(-1)


def weighted_cross_entropy(
    raw: Tensor, target: Tensor, *, weights: tuple[float, ...], smoothing: float = 0.0
) -> Tensor:
    """w_y l(z, y), with one weight a class; shapes as in `cross_entropy`."""
    weight = constant(weights, raw.dtype, raw.device)
    loss = cross_entropy(raw, target, smoothing=smoothing)
    return weight[target.long().squeeze(-1)] * loss


def cross_entropy_loss(smoothing: float = 0.0, weights: tuple[float, ...] = ()) -> Loss:
    """The loss with a given label smoothing, 0 <= smoothing < 1, and one weight a class; none: all 1."""
    smooth = {"smoothing": smoothing} if smoothing else {}
    function = partial(cross_entropy, **smooth) if smooth else cross_entropy
    return Loss(
        name="cross_entropy",
        function=partial(weighted_cross_entropy, weights=weights, **smooth) if weights else function,
        width=lambda classes: classes,
        predict=lambda raw: Predictive(probabilities=shares(raw)),
        tasks=(Task.CLASSIFICATION,),
        standardize=False,
    )


CROSS_ENTROPY = cross_entropy_loss()
