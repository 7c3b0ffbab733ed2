"""Gradients of the score with respect to the sample, in three forms.

Saliency: d score / d x (Simonyan, Vedaldi and Zisserman 2014, arXiv:1312.6034).
SmoothGrad: its mean over noisy copies (Smilkov et al. 2017, arXiv:1706.03825).
Guided backprop: on the way back, rectifiers let only positive gradients through (Springenberg et al. 2015,
arXiv:1412.6806). It draws what is there more than what is used: mind its check.

All are multiplied with the unit of the scaled inputs, so that inputs of different units compare: the change of the
score for about one standard deviation of an input, as long as the score stays linear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from isinglass.errors import UsageError
from isinglass.explanation.instance_level.network import Network

RECTIFIERS: frozenset[Callable[..., Any]] = frozenset(
    (
        torch.relu, torch.relu_, Tensor.relu, Tensor.relu_, functional.relu, functional.relu_, functional.relu6,
        functional.leaky_relu, functional.leaky_relu_, functional.elu, functional.elu_, functional.selu,
        functional.celu, functional.gelu, functional.silu, functional.mish, functional.softplus,
        Tensor.clamp_min, torch.clamp_min,
    )
)  # fmt: skip
"""ReLU and its relatives, in every spelling."""


def saliency(network: Network, *, seed: int = 0) -> Tensor:
    """d score / d x in units of the scaled inputs: `[feature]` or `[channel, height, width]`."""
    return (network.gradient(network.sample) * network.unit)[0]


def smoothgrad(network: Network, *, seed: int = 0, copies: int = 32, noise: float = 0.15) -> Tensor:
    """The mean gradient over noisy copies of the sample; shaped as `saliency`.

    Args:
        network: see `Network`.
        seed: of the noise.
        copies: how many.
        noise: its standard deviation: of an image, in parts of its range; of a row of a table, in scaled units. Codes
            get none.
    """
    generator = torch.Generator().manual_seed(seed)
    x, unit = network.sample, network.unit
    draws = torch.randn(copies, *x.shape[1:], generator=generator, dtype=x.dtype)
    width = unit.expand_as(x).clone() if network.spec.flat else (x.amax() - x.amin())
    if network.question.codes:
        width[:, list(network.question.codes)] = 0.0
    noisy = x + noise * width * draws
    slopes = torch.cat([network.gradient(part) for part in noisy.split(8)])
    return slopes.mean(dim=0) * unit[0]


def guided(network: Network, *, seed: int = 0) -> Tensor:
    """Guided backprop; shaped as `saliency`. Raises UsageError for a network without rectifiers."""
    with _Guide() as guide:
        slope = network.gradient(network.sample)
    if not guide.met:
        raise UsageError(
            "guided backprop is about ReLU and its relatives, and this network has none", instead="--method saliency"
        )
    return (slope * network.unit)[0]


class _Guide(TorchFunctionMode):
    """While it is on, gradients that leave a rectifier backwards come from positive ones alone."""

    def __init__(self) -> None:
        super().__init__()
        self.met = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = func(*args, **(kwargs or {}))
        if func not in RECTIFIERS:
            return given
        self.met += 1
        return _Positive.apply(given)


class _Positive(torch.autograd.Function):
    """The identity, whose gradient is the positive part of what arrives."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> Tensor:
        return upstream[0].clamp_min(0.0)
