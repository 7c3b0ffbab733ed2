"""The stacked plan: members side by side in batched matrix products, chunk by chunk, one thread a chunk.

Each layer type has a stacked form (`stack/`): forward and backward for all members of a chunk at once, writing
gradients straight into the flat gradient. Members are independent, so a chunk takes all its steps before the next
one starts: its weights, gradients and optimizer state stay in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.graphs import stepper
from isinglass.learning.plans.loss_gradient import loss_and_slope
from isinglass.learning.plans.plan import ASLEEP, ATTACKED, ONE_BY_ONE, State, Tuning, Work
from isinglass.learning.plans.stack import Pass, reason_against, stack
from isinglass.learning.plans.stepping import Step
from isinglass.learning.plans.threads import each_chunk
from isinglass.learning.plans.update import Penalties, Rate, Rates, Update

GATHERED = 1 << 18
"""Values gathered in one go for the coming steps of a chunk: 1 MB in float32."""
GATHERED_THERE = 1 << 24
"""On an accelerator, which is asked for few large things rather than for many small ones."""


class StackedPlan:
    """See `Plan`."""

    name = "stacked"

    def __init__(self, work: Work, tuning: Tuning) -> None:
        self.work, self.tuning, self.take_steps = work, tuning, stepper(tuning)

    @staticmethod
    def supports(work: Work) -> str | None:
        """Every layer needs a stacked form."""
        if work.problem.equations or work.frozen:
            return "differential equations" if work.problem.equations else ASLEEP
        if work.adversarial:
            return ATTACKED
        return reason_against(work.machine) if work.problem.spec.flat else ONE_BY_ONE

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""

        def run(start: int, stop: int) -> Tensor:
            return self._advance_chunk(state.rows(start, stop), index[start:stop], rates[:, start:stop])

        return torch.cat(each_chunk(len(state.members), self.tuning, run))

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        gradient = torch.zeros_like(state.theta)
        gather = Gather(self.work, state.members)
        machine = stack(self.work, state, gradient, self.tuning.precision)
        batch = gather.batch(index)
        with torch.no_grad():
            run = Pass(training=True, padding=batch.padding, steps=state.steps, gather=gather)
            loss, slope = loss_and_slope(machine.forward(batch.z, run), batch, gather)
            machine.backward(slope)
            Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        return loss.to(torch.float64), gradient

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Plan.forward`."""

        def run(start: int, stop: int) -> Tensor:
            part = inputs if self.work.problem.spec.shared(inputs.dim()) else inputs[start:stop]
            return self._forward_chunk(state.rows(start, stop), part)

        return torch.cat(each_chunk(len(state.members), self.tuning, run))

    @torch.no_grad()
    def _forward_chunk(self, state: State, inputs: Tensor) -> Tensor:
        gather = Gather(self.work, state.members)
        machine = stack(self.work, state, None, self.tuning.precision)
        run = Pass(training=False, padding=None, steps=state.steps, gather=gather)
        widest = max(slot.shape[0] for slot in self.work.layout.slots)
        # Blocks of rows whose activations stay in the cache: one pass over all rows takes twice the time.
        blocks = inputs.split(max(16, GATHERED // (len(state.members) * widest)), dim=-2)
        # A block's result is copied: the next one is computed in the same memory.
        raw = [gather.head(machine.forward(gather.scaled(block), run), block).clone() for block in blocks]
        return torch.cat(raw, dim=1)

    @torch.no_grad()
    def _advance_chunk(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        batches = _batches(Gather(self.work, state.members), index)
        return self.take_steps(self.work, state, self._step, batches, Rates(rates, state))

    def _step(self, state: State, runs: Runs) -> Step:
        """See `stepping.MakeStep`."""
        gradient = torch.zeros_like(state.theta)
        gather, update = Gather(self.work, state.members), Update(self.work, state, runs)
        machine = stack(self.work, state, gradient, self.tuning.precision)

        def step(batch: Batch, rate: Rate) -> Tensor:
            run = Pass(training=True, padding=batch.padding, steps=state.steps, gather=gather)
            loss, slope = loss_and_slope(machine.forward(batch.z, run), batch, gather)
            machine.backward(slope)
            update.step(gradient, rate)
            return loss

        return step


def _batches(gather: Gather, index: Tensor) -> Iterator[Batch]:
    """The steps' batches, gathered some steps ahead; index `[member, step, batch]`."""
    by_step = index.transpose(0, 1).contiguous()
    values = by_step[0].numel() * gather.problem.inputs.shape[1]
    most = GATHERED if gather.device.type == "cpu" else GATHERED_THERE
    for block in by_step.split(max(1, most // values)):
        batch = gather.batch(block)
        for k in range(len(block)):
            yield batch.step(k)
