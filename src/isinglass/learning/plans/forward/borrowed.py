"""A copy of the template that takes the place of one member after the other."""

from __future__ import annotations

import copy
from contextlib import nullcontext
from functools import partial

import torch
from torch import Tensor, nn

from isinglass.learning.network import Network
from isinglass.learning.plans.forward.scaler import Scaler
from isinglass.learning.plans.memory_format import channels_last, quicken
from isinglass.learning.plans.plan import State, Tuning
from isinglass.spec import MAP


class Borrowed:
    """A machine whose parameters, gradients and buffers are views of a member's state: nothing is copied."""

    def __init__(self, network: Network, tuning: Tuning) -> None:
        self.network = network
        self.machine = quicken(copy.deepcopy(network.machine).to(network.dtype))
        self.parameters = dict(self.machine.named_parameters())
        half, kind = tuning.precision == "bfloat16", network.view.center.device.type
        self.precision = partial(torch.autocast, kind, torch.bfloat16) if half else nullcontext
        self.last = network.view.spec.ends_with(*MAP) and tuning.layout == "channels_last"

    def bind(self, one: State, gradient: Tensor | None) -> None:
        """Let parameters and buffers be those of the only member of `one`; gradients go to `gradient` `[1, P]`."""
        for name, view in self.network.layout.views_of_one(one.theta[0]).items():
            self.parameters[name].data = view
        if gradient is not None:
            for name, view in self.network.layout.views_of_one(gradient[0]).items():
                self.parameters[name].grad = view
        for name, buffer in one.buffers.items():
            set_buffer(self.machine, name, buffer[0])

    @torch.no_grad()
    def forward(self, scaler: Scaler, inputs: Tensor) -> Tensor:
        """Raw outputs in evaluation mode of unscaled inputs `[sample, ...]`."""
        self.machine.eval()
        return self.raw(scaler.scaled(inputs)[0], scaler, inputs[None])[0][0]

    def raw(self, z: Tensor, scaler: Scaler, inputs: Tensor | None) -> list[Tensor]:
        """`[1, batch, width]` in theta's dtype: the machine's outputs, after the view's head."""
        if self.last:
            z = channels_last(z)
        with self.precision():
            out = self.machine(z)
        outputs = out if isinstance(out, tuple) else (out,)
        return [scaler.head(raw.to(self.network.dtype)[None], inputs) for raw in outputs]


def set_buffer(machine: nn.Module, name: str, value: Tensor) -> None:
    """Put a tensor in the place of a buffer, by its dotted name."""
    path, _, last = name.rpartition(".")
    machine.get_submodule(path).register_buffer(last, value)
