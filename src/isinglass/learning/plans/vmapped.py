"""The vmapped plan: `torch.func` maps the template over the members. Slower than a stack, but it knows more layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.func import functional_call, grad_and_value, vmap

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.forward.vmapped import VmappedForward
from isinglass.learning.plans.plan import ASLEEP, ATTACKED, ONE_BY_ONE, State, Tuning, Work
from isinglass.learning.plans.stepping import Step, from_feed, take_steps
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.plans.update import Penalties, Rate, Rates, Update
from isinglass.machine.layers import dropout_key
from isinglass.objective.terms import Term, total, weights_of

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
        return "physical constraints" if work.objective.asks else VmappedForward.obstacle(work.network)

    def advance(self, state: State, index: Tensor | None, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""
        batches = from_feed(self.work, state, len(rates))
        if index is not None:
            gather = Gather(self.work, state.members)
            batches = (gather.batch(rows) for rows in index.unbind(1))
        with torch_threads(self.tuning.threads):
            return take_steps(self.work, state, self._step, batches, Rates(rates, state))

    def _step(self, state: State, runs: Runs) -> Step:
        """See `stepping.MakeStep`."""
        update, players = Update(self.work, state, runs), self.work.objective.players

        def step(batch: Batch, rate: Rate) -> Tensor:
            losses = []
            for player in players:
                loss, gradient = self._slopes(state, batch, player)
                update.step(gradient, rate, player, last=player == players[-1])
                losses.append(loss)
            return losses[0] if len(losses) == 1 else torch.stack(losses).sum(0)

        return step

    def gradient(self, state: State, index: Tensor | Batch, player: str | None = None) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        if player is None and len(players := self.work.objective.players) > 1:
            losses, gradients = zip(*(self.gradient(state, index, one) for one in players), strict=True)
            return torch.stack(losses).sum(0), torch.stack(gradients).sum(0)
        batch = index if isinstance(index, Batch) else Gather(self.work, state.members).batch(index)
        loss, gradient = self._slopes(state, batch, player)
        Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        self.work.keep_own(gradient, player)
        return loss.to(torch.float64), gradient

    def _slopes(self, state: State, batch: Batch, player: str | None) -> tuple[Tensor, Tensor]:
        """What a player minimises, `[member]`, and its gradient `[member, P]` by its own parameters."""
        self.machine.train()
        weight = batch.weight
        if weight is None:
            weight = batch.z.new_full(batch.z.shape[:2], 1 / batch.z.shape[1])
        objective = self.work.objective
        terms = [term for term in objective.all_terms if player in (None, term.player)]
        strengths = {
            str(k): w for k, w in enumerate(weights_of(terms, state.members, batch.z)) if isinstance(w, Tensor)
        }
        slopes = vmap(grad_and_value(self._loss(terms), argnums=0))
        parameters = self.work.layout.views(state.theta)
        buffers = {**state.buffers, **self._dropout(state)}
        gradients, loss = slopes(parameters, buffers, batch.z, batch.target, weight, strengths)
        flat = [gradients[slot.name].flatten(1) for slot in self.work.layout.slots]
        gradient = torch.cat(flat, dim=1)
        self.work.keep_own(gradient, player)
        return loss, gradient

    def _loss(self, terms: Sequence[Term]) -> Callable[..., Tensor]:
        share = self.work.objective.share

        def loss(
            parameters: Tensors, buffers: Tensors, z: Tensor, target: Tensor, weight: Tensor, strengths: Tensors
        ) -> Tensor:
            raw = functional_call(self.machine, {**parameters, **buffers}, (z,))
            own = [strengths.get(str(k), term.weight) for k, term in enumerate(terms)]
            return total(terms, own, raw, Batch(z, target, weight), share=share)

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
