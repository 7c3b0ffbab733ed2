"""A layer of all members of a chunk at once: what its forward and backward are given and must give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from isinglass.learning.plans.plan import State


@dataclass(frozen=True)
class Pass:
    """One pass through the machine: training mode or not, bool `[member, batch]` of padded rows or None, and
    the members' steps `[member]`."""

    training: bool
    padding: Tensor | None
    steps: Tensor


@dataclass(frozen=True)
class Place:
    """Where a layer stands: its dotted name, and the members' parameters, gradients and buffers by dotted name.

    `parameters` and `gradients` are views of the flat tensors, `[member, *shape]`; `gradients` is empty in
    evaluation mode. `dropout` is each member's p or None, `dropouts` maps the names of Dropout layers to their numbers.
    """

    name: str
    dropout: Tensor | None
    state: State
    parameters: dict[str, Tensor]
    gradients: dict[str, Tensor]
    dropouts: dict[str, int]
    precision: str

    def child(self, name: str) -> Place:
        """The place of a layer inside this one."""
        path = f"{self.name}.{name}" if self.name else name
        return Place(path, self.dropout, self.state, self.parameters, self.gradients, self.dropouts, self.precision)

    def own(self, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """Those of the tensors that belong to this layer, by their name within it."""
        prefix = f"{self.name}." if self.name else ""
        return {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}


class Layer(Protocol):
    """The stacked form of one layer. It remembers in `forward` what its `backward` needs."""

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """x `[member, batch, in]` -> `[member, batch, out]`. x is not changed."""
        ...

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """Write the parameters' gradients; return the gradient by x (anything where it is not wanted).

        slope is the gradient by the output, `[member, batch, out]`; it is not changed.
        """
        ...


class Formula:
    """A layer written as a formula only: autograd finds its backward.

    `function(seen, x)` with `seen.parameters`, `seen.buffers`, `seen.layer`, `seen.run`.
    """

    def __init__(self, function: Formulas, layer: nn.Module, place: Place) -> None:
        self.function, self.layer = function, layer
        # `.data` has a version count of its own: autograd must not see that other chunks change their members.
        self.parameters = {name: p.data for name, p in place.own(place.parameters).items()}
        self.buffers = {name: b.data for name, b in place.own(place.state.buffers).items()}
        self.gradients = place.own(place.gradients)

    def forward(self, x: Tensor, run: Pass) -> Tensor:
        """See `Layer.forward`."""
        if not run.training:
            return self.function(Seen(self.layer, self.parameters, self.buffers, run), x)
        with torch.enable_grad():
            self.leaves = {name: p.data.requires_grad_() for name, p in self.parameters.items()}
            self.x = x.detach().requires_grad_()
            self.y = self.function(Seen(self.layer, self.leaves, self.buffers, run), self.x)
        return self.y.detach()

    def backward(self, slope: Tensor, wanted: bool) -> Tensor:
        """See `Layer.backward`."""
        leaves = [*self.leaves.values(), self.x]
        *own, by_x = torch.autograd.grad(self.y, leaves, slope, allow_unused=True, materialize_grads=True)
        for name, gradient in zip(self.leaves, own, strict=True):
            self.gradients[name].copy_(gradient)
        return by_x


@dataclass(frozen=True)
class Seen:
    """What a formula sees of its layer: the template, the members' tensors by short name, and the pass."""

    layer: nn.Module
    parameters: dict[str, Tensor]
    buffers: dict[str, Tensor]
    run: Pass


class Formulas(Protocol):
    """`function(seen, x [member, batch, in]) -> [member, batch, out]`, differentiable."""

    def __call__(self, seen: Seen, x: Tensor) -> Tensor: ...


def room(old: Tensor | None, shape: tuple[int, ...], like: Tensor) -> Tensor:
    """The old tensor if its shape fits, or a new one: results go to the same memory at every step."""
    return old if old is not None and old.shape == shape else like.new_empty(shape)
