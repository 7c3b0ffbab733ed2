"""The dense layer: y = x W^T + b, one batched matrix product for all members; the backward by hand."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from isinglass.learning.plans.stack.layer import Pass, Place, room

NARROW = 32
"""Inputs below which MKL's batched product g^T x takes up to five times the time of x^T g and a copy (measured)."""


class Dense:
    """`nn.Linear`: dL/dW = g^T x, dL/db = sum g, dL/dx = g W."""

    def __init__(self, layer: nn.Linear, place: Place) -> None:
        own, slopes = place.own(place.parameters), place.own(place.gradients)
        self.weight, self.bias = own["weight"], own.get("bias")
        self.by_weight, self.by_bias = slopes.get("weight"), slopes.get("bias")
        self.half = place.precision == "bfloat16"
        self.y: Tensor | None = None
        self.by_x: Tensor | None = None
        self.turned: Tensor | None = None

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        self.x = x
        if self.half:
            return self._half_forward(x)
        self.y = y = room(self.y, (*x.shape[:2], self.weight.shape[1]), x)
        if self.bias is None:
            return torch.bmm(x, self.weight.mT, out=y)
        return torch.baddbmm(self.bias[:, None], x, self.weight.mT, out=y)

    def _half_forward(self, x: Tensor) -> Tensor:
        y = torch.bmm(x.bfloat16(), self.weight.bfloat16().mT).to(x.dtype)
        return y if self.bias is None else y.add_(self.bias[:, None])

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """See `Layer.backward`."""
        assert self.by_weight is not None  # a pass in training mode has gradients
        if self.by_bias is not None:
            torch.sum(slope, 1, out=self.by_bias)
        if self.half:
            return self._half_backward(slope.bfloat16(), self.by_weight, wanted)
        self._products(slope, self.by_weight)
        if not wanted:
            return slope
        self.by_x = room(self.by_x, self.x.shape, slope)
        return torch.bmm(slope, self.weight, out=self.by_x)

    def _products(self, slope: Tensor, by_weight: Tensor) -> None:
        inputs = self.x.shape[2]
        if inputs >= NARROW:
            torch.bmm(slope.mT, self.x, out=by_weight)
            return
        self.turned = room(self.turned, (len(slope), inputs, slope.shape[2]), slope)
        by_weight.copy_(torch.bmm(self.x.mT, slope, out=self.turned).mT)

    def _half_backward(self, slope: Tensor, by_weight: Tensor, wanted: bool) -> Tensor:
        by_weight.copy_(torch.bmm(slope.mT, self.x.bfloat16()))
        return torch.bmm(slope, self.weight.bfloat16()).to(self.x.dtype) if wanted else slope
