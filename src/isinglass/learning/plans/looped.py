"""The looped plan: one member after the other, plain autograd. Any `nn.Module` runs; the others' oracle."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import torch
from torch import Tensor

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.forward.looped import LoopedForward, OneByOne
from isinglass.learning.plans.graphs import stepper
from isinglass.learning.plans.learner import Learner, MemberBatches
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.learning.plans.stepping import Step
from isinglass.learning.plans.update import Penalties, Rate, Rates, Update


class LoopedPlan(LoopedForward):
    """See `Plan`. The machine's parameters are views of the member's row of theta: nothing is copied."""

    def __init__(self, work: Work, tuning: Tuning) -> None:
        super().__init__(work.network, tuning)
        self.work, self.take_steps = work, stepper(tuning)
        self.machines: OneByOne[Learner] = OneByOne(lambda: Learner(work, tuning), tuning)

    @staticmethod
    def supports(work: Work) -> str | None:
        """Always."""
        return None

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""

        def run(learner: Learner, m: int) -> Tensor:
            one = state.rows(m, m + 1)
            return self._advance_one(learner, one, index[m : m + 1], rates[:, m : m + 1])

        return torch.stack(self.machines.each(len(state.members), run))

    def _advance_one(self, learner: Learner, one: State, index: Tensor, rates: Tensor) -> Tensor:
        feed = MemberBatches(self.work, one)
        batches = _batches(feed, index, int(one.steps[0]))

        def make(one: State, runs: Runs) -> Step:
            gradient = torch.zeros_like(one.theta)
            gather, update = Gather(self.work, one.members), Update(self.work, one, runs)
            learner.bind(one, gradient)

            def step(batch: Batch, rate: Rate) -> Tensor:
                loss = learner.backward(one, gather, batch, gradient)
                update.step(gradient, rate)
                return loss

            return step

        return self.take_steps(self.work, one, make, batches, Rates(rates, one)).squeeze(0)

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        gradient = torch.zeros_like(state.theta)

        def run(learner: Learner, m: int) -> Tensor:
            one, part = state.rows(m, m + 1), gradient[m : m + 1]
            feed = MemberBatches(self.work, one)
            learner.bind(one, part)
            batch = feed.batch(index[m : m + 1], int(one.steps[0]))
            return learner.backward(one, feed.gather, batch, part)

        losses = self.machines.each(len(state.members), run)
        Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        return torch.stack(losses).to(torch.float64), gradient


def _batches(feed: MemberBatches, index: Tensor, first: int) -> Iterator[Batch]:
    """The batches of index `[1, step, batch]`; where rows come from a disk, the next one is read ahead."""
    steps = index.unbind(1)
    if not feed.gather.rows.streamed:
        yield from (feed.batch(rows, first + k) for k, rows in enumerate(steps))
        return
    with ThreadPoolExecutor(1) as reader:
        waiting = [reader.submit(feed.batch, steps[0], first)]
        for k, _ in enumerate(pairwise(steps), 1):
            waiting.append(reader.submit(feed.batch, steps[k], first + k))
            yield waiting.pop(0).result()
        yield waiting.pop().result()
