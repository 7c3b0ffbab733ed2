"""Cross entropy of two classes with one raw output, and of several yes-or-no labels.

l(z, y) = log(1 + exp(z)) - y z     with P(y = 1) = sigmoid(z)

Label smoothing e moves a target y to y (1 - e) + e / 2.
Reference: Bishop (2006), Pattern Recognition and Machine Learning, sections 4.3.2 and 5.2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import softplus

from isinglass.errors import RecipeError
from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task


def multilabel(raw: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """The mean over labels: raw `[..., batch, out]`, target `[..., batch, out]` of 0 and 1 -> `[..., batch]`."""
    soft = target * (1 - smoothing) + smoothing / 2
    return (softplus(raw) - soft * raw).mean(-1)


def binary_loss(smoothing: float = 0.0) -> Loss:
    """For two classes, 0 and 1. `width` raises RecipeError for any other number of classes."""
    return Loss(
        name="binary_cross_entropy",
        function=_smoothed(smoothing),
        width=_binary_width,
        predict=_predict_binary,
        tasks=(Task.CLASSIFICATION,),
        standardize=False,
    )


def multilabel_loss(smoothing: float = 0.0) -> Loss:
    """For targets that are each 0 or 1; the labels do not exclude each other."""
    return Loss(
        name="multilabel",
        function=_smoothed(smoothing),
        width=lambda out: out,
        predict=lambda raw: Predictive(probabilities=raw.sigmoid()),
        tasks=(Task.MULTILABEL,),
        standardize=False,
    )


def _smoothed(smoothing: float) -> Callable[[Tensor, Tensor], Tensor]:
    return partial(multilabel, smoothing=smoothing) if smoothing else multilabel


def _binary_width(classes: int) -> int:
    if classes != 2:
        raise RecipeError(
            "binary_cross_entropy is for two classes", where="objective.loss", given=classes, instead="'cross_entropy'"
        )
    return 1


def _predict_binary(raw: Tensor) -> Predictive:
    # sigmoid(-z) and not 1 - sigmoid(z), which loses the digits of a small probability
    return Predictive(probabilities=torch.cat((raw.neg().sigmoid(), raw.sigmoid()), dim=-1))


BINARY_CROSS_ENTROPY = binary_loss()
MULTILABEL = multilabel_loss()
