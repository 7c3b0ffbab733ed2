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
from isinglass.learning.plans.forward.stacked import GATHERED, StackedForward
from isinglass.learning.plans.graphs import stepper
from isinglass.learning.plans.loss_gradient import loss_and_slope
from isinglass.learning.plans.plan import ASLEEP, ATTACKED, PLAYERS, State, Tuning, Work
from isinglass.learning.plans.stack import Pass, stack
from isinglass.learning.plans.stepping import Step, from_feed
from isinglass.learning.plans.threads import each_chunk
from isinglass.learning.plans.update import Penalties, Rate, Rates, Update

GATHERED_THERE = 1 << 24
"""On an accelerator, which is asked for few large things rather than for many small ones."""


class StackedPlan(StackedForward):
    """See `Plan`."""

    def __init__(self, work: Work, tuning: Tuning) -> None:
        super().__init__(work.network, tuning)
        self.work, self.take_steps = work, stepper(tuning)

    @staticmethod
    def supports(work: Work) -> str | None:
        """Every layer needs a stacked form."""
        if work.objective.asks or work.frozen:
            return "differential equations" if work.objective.asks else ASLEEP
        if work.adversarial or len(work.objective.players) > 1:
            return ATTACKED if work.adversarial else PLAYERS
        return StackedForward.obstacle(work.network)

    def advance(self, state: State, index: Tensor | None, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""

        def run(start: int, stop: int) -> Tensor:
            part = None if index is None else index[start:stop]
            return self._advance_chunk(state.rows(start, stop), part, rates[:, start:stop])

        return torch.cat(each_chunk(len(state.members), self.tuning, run))

    def gradient(self, state: State, index: Tensor | Batch, player: str | None = None) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        gradient = torch.zeros_like(state.theta)
        gather = Gather(self.work, state.members)
        machine = stack(self.network, state, gradient, self.tuning.precision, self.work.dropout)
        batch = index if isinstance(index, Batch) else gather.batch(index)
        with torch.no_grad():
            run = Pass(training=True, padding=batch.padding, steps=state.steps)
            loss, slope = loss_and_slope(machine.forward(batch.z, run), batch, gather)
            machine.backward(slope)
            Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        return loss.to(torch.float64), gradient

    @torch.no_grad()
    def _advance_chunk(self, state: State, index: Tensor | None, rates: Tensor) -> Tensor:
        batches = from_feed(self.work, state, len(rates))
        if index is not None:
            batches = _batches(Gather(self.work, state.members), index)
        return self.take_steps(self.work, state, self._step, batches, Rates(rates, state))

    def _step(self, state: State, runs: Runs) -> Step:
        """See `stepping.MakeStep`."""
        gradient = torch.zeros_like(state.theta)
        gather, update = Gather(self.work, state.members), Update(self.work, state, runs)
        machine = stack(self.network, state, gradient, self.tuning.precision, self.work.dropout)

        def step(batch: Batch, rate: Rate) -> Tensor:
            run = Pass(training=True, padding=batch.padding, steps=state.steps)
            loss, slope = loss_and_slope(machine.forward(batch.z, run), batch, gather)
            machine.backward(slope)
            update.step(gradient, rate)
            return loss

        return step


def _batches(gather: Gather, index: Tensor) -> Iterator[Batch]:
    """The steps' batches, gathered some steps ahead; index `[member, step, batch]`."""
    by_step = index.transpose(0, 1).contiguous()
    values = by_step[0].numel() * gather.rows.inputs.shape[1]
    most = GATHERED if gather.device.type == "cpu" else GATHERED_THERE
    for block in by_step.split(max(1, most // values)):
        batch = gather.batch(block)
        for k in range(len(block)):
            yield batch.step(k)
