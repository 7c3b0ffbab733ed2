"""Layers made of layers."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from isinglass.learning.plans.stack.dense import Dense
from isinglass.learning.plans.stack.elementwise import Elementwise
from isinglass.learning.plans.stack.layer import Layer, Pass


class Chain:
    """One layer after the other."""

    def __init__(self, layers: list[Layer]) -> None:
        self.layers = layers
        for before, layer in pairwise(layers):
            # A dense layer's backward needs its input, not its output: an activation may overwrite that.
            if isinstance(layer, Elementwise):
                layer.may_overwrite = isinstance(before, Dense)

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        for layer in self.layers:
            x = layer.forward(x, run)
        return x

    def backward(self, slope: Tensor, wanted: bool = False) -> Tensor:
        """See `Layer.backward`."""
        for i in range(len(self.layers) - 1, -1, -1):
            slope = self.layers[i].backward(slope, wanted or i > 0)
        return slope


class Fork:
    """A residual connection: y = shortcut(x) + inner(x)."""

    def __init__(self, inner: Layer, shortcut: Layer) -> None:
        self.inner, self.shortcut = inner, shortcut

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        return self.shortcut.forward(x, run) + self.inner.forward(x, run)

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """See `Layer.backward`."""
        through = self.inner.backward(slope, wanted)
        around = self.shortcut.backward(slope, wanted)
        return around + through if wanted else slope


class Columns:
    """The first `width` columns go one way, the codes after them another; the results are joined."""

    def __init__(self, width: int, numeric: Layer, categorical: Layer | None) -> None:
        self.width, self.numeric, self.categorical = width, numeric, categorical
        self.joint = 0

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        numeric = self.numeric.forward(x[..., : self.width], run)
        self.joint = numeric.shape[-1]
        if self.categorical is None:
            return numeric
        return torch.cat((numeric, self.categorical.forward(x[..., self.width :], run)), dim=-1)

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """See `Layer.backward`; codes have no gradient."""
        numeric = self.numeric.backward(slope[..., : self.joint], wanted)
        if self.categorical is None:
            return numeric
        codes = self.categorical.backward(slope[..., self.joint :], wanted)
        return torch.cat((numeric, codes), dim=-1) if wanted else slope
