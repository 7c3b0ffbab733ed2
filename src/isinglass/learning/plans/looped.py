"""The looped plan: one member after the other, plain autograd. Any `nn.Module` runs; the others' oracle."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from isinglass.learning.plans.gather import Batch, Gather
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.learning.plans.slope import weighted
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.plans.update import Penalties, Update
from isinglass.machine.layers import dropout_key, dropout_layers


class LoopedPlan:
    """See `Plan`. The machine's parameters are views of the member's row of theta: nothing is copied."""

    name = "looped"

    def __init__(self, work: Work, tuning: Tuning) -> None:
        self.work, self.tuning = work, tuning
        self.machine = copy.deepcopy(work.machine).to(work.dtype)
        self.dropouts = list(dropout_layers(self.machine).values())

    @staticmethod
    def supports(work: Work) -> str | None:
        """Always."""
        return None

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""
        losses = torch.zeros(len(state.members), dtype=torch.float64)
        with torch_threads(self.tuning.threads):
            for m in range(len(state.members)):
                one = state.rows(m, m + 1)
                losses[m] = self._advance_one(one, index[m : m + 1], rates[:, m : m + 1])
        return losses

    def _advance_one(self, one: State, index: Tensor, rates: Tensor) -> float:
        gradient = torch.zeros_like(one.theta)
        gather, update, total = Gather(self.work, one.members), Update(self.work, one, rates), 0.0
        self._bind(one, gradient)
        for k in range(index.shape[1]):
            total += float(self._backward(one, gather, index[:, k], gradient))
            update.step(k, gradient)
        return total / index.shape[1]

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        gradient, losses = torch.zeros_like(state.theta), []
        for m in range(len(state.members)):
            one, part = state.rows(m, m + 1), gradient[m : m + 1]
            self._bind(one, part)
            losses.append(self._backward(one, Gather(self.work, one.members), index[m : m + 1], part))
        Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        return torch.stack(losses).to(torch.float64), gradient

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Plan.forward`."""
        with torch_threads(self.tuning.threads):
            return torch.stack([self._forward_one(state, inputs, m) for m in range(len(state.members))])

    @torch.no_grad()
    def _forward_one(self, state: State, inputs: Tensor, member: int) -> Tensor:
        one = state.rows(member, member + 1)
        self._bind(one, None)
        self.machine.eval()
        raw_inputs = inputs if inputs.dim() == 2 else inputs[member]
        gather = Gather(self.work, one.members)
        return gather.head(self.machine(gather.scaled(raw_inputs)[0])[None], raw_inputs[None])[0]

    def _backward(self, one: State, gather: Gather, index: Tensor, gradient: Tensor) -> Tensor:
        """Data loss of one member's batch `[1, batch]`; its gradient is written to `gradient` `[1, P]`."""
        self.machine.train()
        self._set_dropout(one)
        gradient.zero_()
        batch = gather.batch(index[:, : int((index >= 0).sum())])
        with torch.enable_grad():
            loss = self._loss(gather, batch)
            loss.backward()
        return loss.detach()

    def _loss(self, gather: Gather, batch: Batch) -> Tensor:
        raw = gather.head(self.machine(batch.z[0])[None], batch.inputs)
        return weighted(self.work.problem.loss.function(raw, batch.target), batch.weight).squeeze(0)

    def _set_dropout(self, one: State) -> None:
        for i, layer in enumerate(self.dropouts):
            layer.key = dropout_key(one.seeds, one.steps, i)[0]
            if self.work.dropout is not None:
                layer.p = self.work.dropout[one.members][0].to(torch.float32)

    def _bind(self, one: State, gradient: Tensor | None) -> None:
        """Let the machine's parameters, gradients and buffers be the member's own."""
        parameters = dict(self.machine.named_parameters())
        for name, view in self.work.layout.views_of_one(one.theta[0]).items():
            parameters[name].data = view
        if gradient is not None:
            for name, view in self.work.layout.views_of_one(gradient[0]).items():
                parameters[name].grad = view
        for name, buffer in one.buffers.items():
            set_buffer(self.machine, name, buffer[0])


def set_buffer(machine: nn.Module, name: str, value: Tensor) -> None:
    """Put a tensor in the place of a buffer, by its dotted name."""
    path, _, last = name.rpartition(".")
    machine.get_submodule(path).register_buffer(last, value)
