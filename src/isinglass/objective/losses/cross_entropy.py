"""Softmax cross entropy.

l(z, y) = -log softmax(z)_y = log sum_j exp(z_j) - z_y     (natural logarithm)

With label smoothing e, the target gives the true class 1 - e + e / classes and every other class e / classes.

Reference: Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.4;
smoothing: Szegedy et al. (2016), doi:10.1109/CVPR.2016.308.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.types import Task


def cross_entropy(raw: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """raw `[..., batch, class]`, target `[..., batch, 1]` (class index as a number) -> `[..., batch]`."""
    logs = raw.log_softmax(-1)
    index = target.long().expand(*raw.shape[:-1], 1)
    loss = -logs.gather(-1, index).squeeze(-1)
    return loss if smoothing == 0 else (1 - smoothing) * loss - smoothing * logs.mean(-1)


def cross_entropy_loss(smoothing: float = 0.0) -> Loss:
    """The loss with a given label smoothing, 0 <= smoothing < 1."""
    return Loss(
        name="cross_entropy",
        function=partial(cross_entropy, smoothing=smoothing) if smoothing else cross_entropy,
        width=lambda classes: classes,
        predict=lambda raw: Predictive(probabilities=raw.softmax(-1)),
        tasks=(Task.CLASSIFICATION,),
        standardize=False,
    )


CROSS_ENTROPY = cross_entropy_loss()
