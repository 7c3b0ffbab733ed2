"""Activations: elementwise, so the member axis needs nothing; torch's own backward kernels, without a graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from isinglass.learning.plans.stack.layer import Pass, Place

aten = torch.ops.aten


@dataclass(frozen=True)
class Rule:
    """One activation: `forward(layer, x) -> y`; `backward(layer, slope, x or y) -> by_x`.

    `from_output` says that backward needs y, not x: y may then overwrite x.
    """

    forward: Callable[[Any, Tensor], Tensor]
    backward: Callable[[Any, Tensor, Tensor], Tensor]
    from_output: bool = False
    in_place: Callable[[Tensor], Tensor] | None = None


RULES: dict[type[nn.Module], Rule] = {
    nn.ReLU: Rule(
        lambda _, x: torch.relu(x), lambda _, g, y: aten.threshold_backward.default(g, y, 0.0), True, torch.relu_
    ),
    nn.Tanh: Rule(lambda _, x: torch.tanh(x), lambda _, g, y: aten.tanh_backward.default(g, y), True, torch.tanh_),
    nn.Sigmoid: Rule(
        lambda _, x: torch.sigmoid(x), lambda _, g, y: aten.sigmoid_backward.default(g, y), True, torch.sigmoid_
    ),
    nn.SiLU: Rule(lambda layer, x: layer(x), lambda _, g, x: aten.silu_backward.default(g, x)),
    nn.Mish: Rule(lambda layer, x: layer(x), lambda _, g, x: aten.mish_backward.default(g, x)),
    nn.GELU: Rule(
        lambda layer, x: layer(x),
        lambda layer, g, x: aten.gelu_backward.default(g, x, approximate=layer.approximate),
    ),
    nn.LeakyReLU: Rule(
        lambda layer, x: nn.functional.leaky_relu(x, layer.negative_slope),
        lambda layer, g, x: aten.leaky_relu_backward.default(g, x, layer.negative_slope, False),
    ),
    nn.ELU: Rule(
        lambda layer, x: nn.functional.elu(x, layer.alpha),
        lambda layer, g, x: aten.elu_backward.default(g, layer.alpha, 1.0, 1.0, False, x),
    ),
    nn.Softplus: Rule(
        lambda layer, x: layer(x),
        lambda layer, g, x: aten.softplus_backward.default(g, x, layer.beta, layer.threshold),
    ),
}


class Elementwise:
    """An activation of `RULES`. `may_overwrite`: its input is needed by nobody else."""

    def __init__(self, layer: nn.Module, place: Place) -> None:
        self.layer, self.rule = layer, RULES[type(layer)]
        self.may_overwrite = False

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        in_place = self.rule.in_place if self.may_overwrite else None
        y = in_place(x) if in_place else self.rule.forward(self.layer, x)
        self.kept = y if self.rule.from_output else x
        return y

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """See `Layer.backward`."""
        return self.rule.backward(self.layer, slope, self.kept) if wanted else slope


class Identity:
    """`nn.Identity`."""

    def __init__(self, layer: nn.Module, place: Place) -> None: ...

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        return x

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """See `Layer.backward`."""
        return slope
