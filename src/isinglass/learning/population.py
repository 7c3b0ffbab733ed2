"""The population: one flat theta for all members, each initialised from its own seed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.learning.members import Member
from isinglass.learning.parameters.flat_params import Layout, layout_of
from isinglass.learning.plans.plan import State

Maker = Callable[[int], nn.Module]
"""`maker(seed)` -> one network with initial weights; the same seed gives the same bits."""


@dataclass(frozen=True)
class Population:
    """Trained or initial weights of all members of one cohort.

    Attributes:
        machine: one network as a template; its own values do not count.
        layout: where its parameters lie in theta.
        theta: `[member, P]`.
        buffers: the machine's persistent buffers (running statistics, knots), each `[member, *shape]`.
    """

    machine: nn.Module
    layout: Layout
    theta: Tensor
    buffers: dict[str, Tensor]

    def network(self, member: int) -> nn.Module:
        """One member as an ordinary `nn.Module` in evaluation mode, on copies of its values."""
        machine = copy.deepcopy(self.machine).to(self.theta.dtype)
        values = {**self.layout.views_of_one(self.theta[member])}
        values |= {name: buffer[member] for name, buffer in self.buffers.items()}
        machine.load_state_dict({name: value.clone() for name, value in values.items()}, strict=False)
        return machine.eval().requires_grad_(False)

    def state(self, seeds: Sequence[int]) -> State:
        """A state at rest for all members, on copies, without an optimizer's memory."""
        theta = self.theta.clone()
        return State(
            theta=theta,
            slots={},
            buffers={name: buffer.clone() for name, buffer in self.buffers.items()},
            steps=torch.zeros(len(theta), dtype=torch.int64),
            seeds=torch.tensor(seeds, dtype=torch.int64),
            members=torch.arange(len(theta)),
        )


def populate(maker: Maker, members: Sequence[Member], *, dtype: torch.dtype = torch.float32) -> Population:
    """Make every member's network from its own seed and lay their values side by side.

    Raises:
        MachineError: if the networks differ in shape (then they are several cohorts).
    """
    machines = [maker(member.seed) for member in members]
    layout = layout_of(machines[0])
    if any(layout_of(machine) != layout for machine in machines):
        raise MachineError("members of one population differ in shape", instead="one population a cohort")
    theta = torch.stack([_flat(machine) for machine in machines]).to(dtype)
    names = member_buffers(machines[0])
    buffers = {name: torch.stack([_as(machine.get_buffer(name), dtype) for machine in machines]) for name in names}
    return Population(machines[0], layout, theta, buffers)


def from_module(machine: nn.Module) -> Maker:
    """A maker for a network that is given as an object: copies of it, its layers reset from the seed.

    Layers with `reset_parameters` draw new values; others keep the object's values.
    """

    def make(seed: int) -> nn.Module:
        fresh = copy.deepcopy(machine)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for layer in fresh.modules():
                reset = getattr(layer, "reset_parameters", None)
                if callable(reset):
                    reset()
        return fresh

    return make


def member_buffers(machine: nn.Module) -> list[str]:
    """The names of the buffers that belong to a member: those that are saved. Others are constants."""
    saved = machine.state_dict().keys()
    return [name for name, _ in machine.named_buffers() if name in saved]


def _flat(machine: nn.Module) -> Tensor:
    parts = [p.detach().reshape(-1) for p in machine.parameters() if p.requires_grad]
    return torch.cat(parts) if parts else torch.zeros(0)


def _as(buffer: Tensor, dtype: torch.dtype) -> Tensor:
    return buffer.detach().to(dtype if buffer.is_floating_point() else buffer.dtype)
