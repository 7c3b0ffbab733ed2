"""The data loss of a batch and its slope: the gradient with respect to the machine's raw outputs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from isinglass.learning.plans.batching import Batch, Gather
from isinglass.objective.losses import LOSSES
from isinglass.objective.losses.gaussian import FLOOR, split
from isinglass.objective.terms import weighted

Slope = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""raw `[member, batch, width]`, target -> loss `[member, batch]`, its gradient by raw `[member, batch, width]`."""


def squared(raw: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """l = mean (z - y)^2; dl/dz = 2 (z - y) / out."""
    error = raw - target
    square = error.square()
    loss = square.squeeze(-1) if raw.shape[-1] == 1 else square.mean(-1)
    return loss, error.mul_(2 / raw.shape[-1])


def gaussian(raw: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """l = log(2 pi sigma^2) / 2 + e^2 / 2 with e = (mu - y) / sigma; dl/dmu = e / sigma;
    dl/dsigma = (1 - e^2) / sigma, times the slope of softplus."""
    mean, sigma = split(raw)
    error = (mean - target) / sigma
    loss = LOSSES["gaussian"].function(raw, target)
    out = target.shape[-1]
    slope = torch.empty_like(raw)
    torch.div(error, sigma * out, out=slope[..., :out])
    # softplus'(x) = 1 - exp(-softplus(x)), and sigma = softplus + floor
    softplus_slope = -torch.expm1(-(sigma - FLOOR))
    torch.mul((1 - error.square()) / (sigma * out), softplus_slope, out=slope[..., out:])
    return loss, slope


def cross_entropy(raw: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """l = -log softmax(z)_y; dl/dz = softmax(z) - onehot(y)."""
    logs = raw.log_softmax(-1)
    classes = target.long()
    slope = logs.exp()
    slope.scatter_add_(-1, classes, slope.new_full((), -1.0).expand(classes.shape))
    return -logs.gather(-1, classes).squeeze(-1), slope


SLOPES: dict[Callable[..., Tensor], Slope] = {
    LOSSES["squared"].function: squared,
    LOSSES["gaussian"].function: gaussian,
    LOSSES["cross_entropy"].function: cross_entropy,
}


def loss_and_slope(raw: Tensor, batch: Batch, gather: Gather) -> tuple[Tensor, Tensor]:
    """Data loss `[member]` = sum(w l) / sum(w), and its gradient with respect to raw `[member, batch, width]`."""
    direct = SLOPES.get(gather.objective.loss.function) if gather.objective.plain else None
    if direct is None or gather.view.head is not None:
        return _by_autograd(raw, batch, gather)
    loss, slope = direct(raw, batch.target)
    if batch.weight is None:
        return loss.mean(-1), slope.div_(loss.shape[-1])
    return weighted(loss, batch.weight), slope.mul_(batch.weight[..., None])


def _by_autograd(raw: Tensor, batch: Batch, gather: Gather) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        leaf = raw.detach().requires_grad_()
        out = gather.head(leaf, batch.inputs)
        loss = gather.objective.total(out, batch, gather.members)
        (slope,) = torch.autograd.grad(loss.sum(), leaf)
    return loss.detach(), slope
