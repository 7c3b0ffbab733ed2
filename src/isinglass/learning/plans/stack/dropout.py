"""Dropout with each member's own probability and its own counter-based masks."""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.learning.plans.stack.layer import Pass, Place
from isinglass.machine.layers import Dropout, dropout_key, mask_uniform


class StackedDropout:
    """`machine.layers.Dropout`: y = x * mask, by_x = slope * mask."""

    def __init__(self, layer: Dropout, place: Place) -> None:
        members = place.state.members
        p = layer.p.expand(len(members)) if place.dropout is None else place.dropout[members]
        self.p = p.to(torch.float32)[:, None]
        self.number, self.seeds = place.dropouts[place.name], place.state.seeds
        self.mask: Tensor | None = None

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        if not run.training:
            return x
        key = dropout_key(self.seeds, run.steps, self.number).to(x.device, non_blocking=True)
        uniform = mask_uniform(key, x[0].numel())
        self.mask = ((uniform >= self.p) / (1 - self.p)).to(x.dtype).view_as(x)
        return x * self.mask

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """See `Layer.backward`."""
        return slope * self.mask if wanted and self.mask is not None else slope
