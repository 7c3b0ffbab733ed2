"""The losses of support vector machines and of the perceptron, on class scores f_1 .. f_classes.

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

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive, shares
from isinglass.spec import Task

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
