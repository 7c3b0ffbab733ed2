"""Answers by `torch.func`, which maps the template over the members."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from isinglass.learning.network import Network
from isinglass.learning.plans.forward.scaler import Scaler
from isinglass.learning.plans.plan import ONE_BY_ONE, State, Tuning
from isinglass.machine.layers import dropout_layers


class VmappedForward:
    """See `Forward`. Buffers are read, never moved: a machine with running statistics is refused."""

    name = "vmapped"

    def __init__(self, network: Network, tuning: Tuning) -> None:
        self.network, self.tuning = network, tuning
        self.machine = copy.deepcopy(network.machine).to(network.dtype)
        self.dropouts = dropout_layers(self.machine)

    @staticmethod
    def obstacle(network: Network) -> str | None:
        """No images, no constraints, no running statistics, and nothing that vmap refuses."""
        if not network.view.spec.flat:
            return ONE_BY_ONE
        if network.view.head is not None:
            return "physical constraints"
        running = [layer for layer in network.machine.modules() if _moves_buffers(layer)]
        if running:
            return f"{type(running[0]).__name__} keeps running statistics"
        return _refusal(network)

    @torch.no_grad()
    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Forward.forward`."""
        self.machine.eval()
        z = Scaler(self.network, state.members).scaled(inputs)
        parameters = self.network.layout.views(state.theta)
        return vmap(lambda p, b, x: functional_call(self.machine, {**p, **b}, (x,)))(parameters, state.buffers, z)


def _moves_buffers(layer: nn.Module) -> bool:
    return "batchnorm" in type(layer).__name__.lower() or bool(getattr(layer, "track_running_stats", False))


def _refusal(network: Network) -> str | None:
    """What vmap says against the machine: it is tried on two members and rows of zeros."""
    machine = copy.deepcopy(network.machine).to(network.dtype).eval()
    z = torch.zeros(2, 2, network.view.center.shape[1], dtype=network.dtype)
    both = {name: p.detach().expand(2, *p.shape) for name, p in machine.named_parameters()}
    try:
        vmap(lambda p, x: functional_call(machine, p, (x,)))(both, z)
    except RuntimeError as error:
        return f"vmap refuses it: {str(error).splitlines()[0]}"
    return None
