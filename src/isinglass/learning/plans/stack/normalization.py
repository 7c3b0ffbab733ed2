"""Layer and batch normalization with a member axis, as formulas."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm as normalize

from isinglass.learning.plans.stack.layer import Seen
from isinglass.machine.layers import BatchNorm


def layer_norm(seen: Seen, x: Tensor) -> Tensor:
    """`nn.LayerNorm` over the last axis, with the members' own gains and biases."""
    layer = seen.layer
    assert isinstance(layer, nn.LayerNorm)
    y = normalize(x, layer.normalized_shape, eps=layer.eps)
    return _affine(seen, y)


def batch_norm(seen: Seen, x: Tensor) -> Tensor:
    """`BatchNorm`: statistics of each member's own batch, padding left out; running ones in evaluation."""
    layer = seen.layer
    assert isinstance(layer, BatchNorm)
    if not seen.run.training:
        mean, variance = seen.buffers["mean"][:, None], seen.buffers["variance"][:, None]
        return _affine(seen, (x - mean) * torch.rsqrt(variance + layer.epsilon))
    mean, variance, count = _statistics(x, seen.run.padding)
    with torch.no_grad():
        unbiased = variance * (count / (count - 1).clamp(min=1))
        seen.buffers["mean"].lerp_(mean[:, 0], layer.momentum)
        seen.buffers["variance"].lerp_(unbiased[:, 0], layer.momentum)
    return _affine(seen, (x - mean) * torch.rsqrt(variance + layer.epsilon))


def _statistics(x: Tensor, padding: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and biased variance `[member, 1, feature]`, and the number of rows `[member, 1, 1]`."""
    if padding is None:
        variance, mean = torch.var_mean(x, 1, correction=0, keepdim=True)
        return mean, variance, x.new_full((1, 1, 1), x.shape[1])
    real = (~padding)[..., None].to(x.dtype)
    count = real.sum(1, keepdim=True)
    mean = (x * real).sum(1, keepdim=True) / count
    return mean, ((x - mean).square() * real).sum(1, keepdim=True) / count, count


def _affine(seen: Seen, y: Tensor) -> Tensor:
    if "weight" not in seen.parameters:
        return y
    y = y * seen.parameters["weight"][:, None]
    return y + seen.parameters["bias"][:, None] if "bias" in seen.parameters else y
