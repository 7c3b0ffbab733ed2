"""The vmapped plan: `torch.func` maps the template over the members. Slower than a stack, but it knows more layers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value, vmap

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.forward.vmapped import VmappedForward
from isinglass.learning.plans.loss_gradient import weighted
from isinglass.learning.plans.plan import ASLEEP, ATTACKED, ONE_BY_ONE, State, Tuning, Work
from isinglass.learning.plans.stepping import Step, take_steps
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.plans.update import Penalties, Rate, Rates, Update
from isinglass.machine.layers import dropout_key

Tensors = dict[str, Tensor]


class VmappedPlan(VmappedForward):
    """See `Plan`."""

    def __init__(self, work: Work, tuning: Tuning) -> None:
        super().__init__(work.network, tuning)
        self.work = work

    @staticmethod
    def supports(work: Work) -> str | None:
        """No images, no running statistics, no constraints, no padding-dependent layers, and nothing vmap refuses."""
        if not work.view.spec.flat:
            return ONE_BY_ONE
        if work.frozen or work.adversarial:
            return ASLEEP if work.frozen else ATTACKED
        return "physical constraints" if work.equations else VmappedForward.obstacle(work.network)

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""
        gather = Gather(self.work, state.members)
        batches = (gather.batch(rows) for rows in index.unbind(1))
        with torch_threads(self.tuning.threads):
            return take_steps(self.work, state, self._step, batches, Rates(rates, state))

    def _step(self, state: State, runs: Runs) -> Step:
        """See `stepping.MakeStep`."""
        update = Update(self.work, state, runs)

        def step(batch: Batch, rate: Rate) -> Tensor:
            loss, gradient = self._slopes(state, batch)
            update.step(gradient, rate)
            return loss

        return step

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        loss, gradient = self._slopes(state, Gather(self.work, state.members).batch(index))
        Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        return loss.to(torch.float64), gradient

    def _slopes(self, state: State, batch: Batch) -> tuple[Tensor, Tensor]:
        """Data loss `[member]` and its gradient `[member, P]`."""
        self.machine.train()
        weight = batch.weight
        if weight is None:
            weight = batch.z.new_full(batch.z.shape[:2], 1 / batch.z.shape[1])
        slopes = vmap(grad_and_value(self._loss(), argnums=0))
        parameters = self.work.layout.views(state.theta)
        buffers = {**state.buffers, **self._dropout(state)}
        gradients, loss = slopes(parameters, buffers, batch.z, batch.target, weight)
        flat = [gradients[slot.name].flatten(1) for slot in self.work.layout.slots]
        return loss, torch.cat(flat, dim=1)

    def _loss(self) -> Callable[..., Tensor]:
        def loss(parameters: Tensors, buffers: Tensors, z: Tensor, target: Tensor, weight: Tensor) -> Tensor:
            raw = functional_call(self.machine, {**parameters, **buffers}, (z,))
            return weighted(self.work.objective.loss.function(raw, target), weight)

        return loss

    def _dropout(self, state: State) -> Tensors:
        """Keys and probabilities of all Dropout layers as buffers with a member axis."""
        out = {}
        for i, (name, layer) in enumerate(self.dropouts.items()):
            own = self.work.dropout
            out[f"{name}.key"] = dropout_key(state.seeds, state.steps, i).to(state.theta.device)
            p = layer.p.expand(len(state.members)) if own is None else own[state.members]
            out[f"{name}.p"] = p.to(torch.float32)
        return out
