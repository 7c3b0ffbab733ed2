"""Losses of classes: cross entropy of any number, of two and of labels, and margins between scores.

Margins are the losses of support vector machines and of the perceptron, on class scores f_1 .. f_classes.

Weston-Watkins            l = sum over j != y of max(0, f_j - f_y + 1)
one against all           l = sum over j of max(0, 1 - t_j f_j),   t_y = 1, all other t_j = -1
structured                l = max(0, max over j != y of f_j - f_y + 1)      (Crammer and Singer)
perceptron                l = mean over j of |f_j - (1 where j = y, else 0)|     f_j is 0 or 1

A kink has the subgradient 0; equal largest violations share the gradient evenly. Scores are not probabilities:
`predict` gives their softmax, in the right order but marked `calibrated=False`; temperature scaling on held-out rows
makes probabilities of them (Guo et al., 2017, arXiv:1706.04599).

The perceptron's outputs are steps, so its loss has no gradient anywhere: the perceptron's own rule learns it.

References: Weston and Watkins (1999), Support vector machines for multi-class pattern recognition, ESANN, 219-224;
Rifkin and Klautau (2004), In defense of one-vs-all classification, JMLR 5, 101-141; Crammer and Singer (2001), On the
algorithmic implementation of multiclass kernel-based vector machines, JMLR 2, 265-292.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import softplus

from isinglass.errors import RecipeError
from isinglass.objective.losses.loss import Loss, Predictive, shares
from isinglass.spec import Task
from isinglass.tensors import constant


def cross_entropy(raw: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Softmax cross entropy.

    l(z, y) = -log softmax(z)_y = log sum_j exp(z_j) - z_y     (natural logarithm)

    With label smoothing e, the target gives the true class 1 - e + e / classes and every other class e / classes.
    With class weights w, l is multiplied by w_y.

    Reference: Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.4;
    smoothing: Szegedy et al. (2016), doi:10.1109/CVPR.2016.308.

    raw `[..., batch, class]`, target `[..., batch, 1]` (class index as a number) -> `[..., batch]`.
    """
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


def multilabel(raw: Tensor, target: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Cross entropy of two classes with one raw output, and of several yes-or-no labels.

    l(z, y) = log(1 + exp(z)) - y z     with P(y = 1) = sigmoid(z)

    Label smoothing e moves a target y to y (1 - e) + e / 2.
    Reference: Bishop (2006), Pattern Recognition and Machine Learning, sections 4.3.2 and 5.2.

    The mean over labels: raw `[..., batch, out]`, target `[..., batch, out]` of 0 and 1 -> `[..., batch]`.
    """
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


MARGIN = 1.0


def is_class(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, class]`, target `[..., batch, 1]` -> bool `[..., batch, class]`, true at the target's class."""
    return target.long() == torch.arange(raw.shape[-1], device=raw.device)


def weston_watkins(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, class]`, target `[..., batch, 1]` -> `[..., batch]`."""
    return _violations(raw, target).sum(-1)


def one_vs_all(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, class]`, target `[..., batch, 1]` -> `[..., batch]`."""
    return (MARGIN - torch.where(is_class(raw, target), raw, -raw)).clamp(min=0).sum(-1)


def structured(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, class]`, target `[..., batch, 1]` -> `[..., batch]`."""
    return _violations(raw, target).amax(-1)


def perceptron(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, class]` of 0 and 1, target `[..., batch, 1]` -> share of wrong units `[..., batch]`."""
    return (raw - is_class(raw, target).to(raw.dtype)).abs().mean(-1)


def _violations(raw: Tensor, target: Tensor) -> Tensor:
    """max(0, f_j - f_y + 1) `[..., batch, class]`, 0 at j = y."""
    mine = is_class(raw, target)
    true_score = torch.where(mine, raw, 0).sum(-1, keepdim=True)
    return torch.where(mine, 0, raw - true_score + MARGIN).clamp(min=0)


def _scores(raw: Tensor) -> Predictive:
    return Predictive(probabilities=shares(raw), calibrated=False)


def _fired(raw: Tensor) -> Predictive:
    """Units that fire share the probability evenly; where none fires, all classes do."""
    fired = (raw > 0).to(raw.dtype)
    share = torch.where(fired.sum(-1, keepdim=True) > 0, fired, 1)
    return Predictive(probabilities=share / share.sum(-1, keepdim=True), calibrated=False)


def _loss(
    name: str, function: Callable[[Tensor, Tensor], Tensor], predict: Callable[[Tensor], Predictive] = _scores
) -> Loss:
    return Loss(name, function, lambda classes: classes, predict, (Task.CLASSIFICATION,), standardize=False)


WESTON_WATKINS = _loss("weston_watkins", weston_watkins)
ONE_VS_ALL = _loss("one_vs_all", one_vs_all)
STRUCTURED = _loss("structured", structured)
PERCEPTRON = _loss("perceptron", perceptron, _fired)
