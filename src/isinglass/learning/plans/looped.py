"""The looped plan: one member after the other, plain autograd. Any `nn.Module` runs; the others' oracle."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import torch
from torch import Tensor

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.forward.looped import LoopedForward, OneByOne
from isinglass.learning.plans.graphs import stepper
from isinglass.learning.plans.learner import IndexFeed, Learner
from isinglass.learning.plans.plan import Feed, State, Tuning, Work
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

    def advance(self, state: State, index: Tensor | None, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""

        def run(learner: Learner, m: int) -> Tensor:
            one = state.rows(m, m + 1)
            part = None if index is None else index[m : m + 1]
            return self._advance_one(learner, one, part, rates[:, m : m + 1])

        return torch.stack(self.machines.each(len(state.members), run))

    def _advance_one(self, learner: Learner, one: State, index: Tensor | None, rates: Tensor) -> Tensor:
        batches, players = self._batches(one, index, len(rates)), self.work.objective.players

        def make(one: State, runs: Runs) -> Step:
            gradient = torch.zeros_like(one.theta)
            gather, update = Gather(self.work, one.members), Update(self.work, one, runs)
            learner.bind(one, gradient)

            def step(batch: Batch, rate: Rate) -> Tensor:
                losses = []
                for player in players:
                    losses.append(learner.backward(one, gather, batch, gradient, player))
                    update.step(gradient, rate, player, last=player == players[-1])
                return losses[0] if len(losses) == 1 else torch.stack(losses).sum()

            return step

        return self.take_steps(self.work, one, make, batches, Rates(rates, one)).squeeze(0)

    def gradient(self, state: State, index: Tensor | Batch, player: str | None = None) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        if player is None and len(players := self.work.objective.players) > 1:
            losses, gradients = zip(*(self.gradient(state, index, one) for one in players), strict=True)
            return torch.stack(losses).sum(0), torch.stack(gradients).sum(0)
        gradient = torch.zeros_like(state.theta)

        def run(learner: Learner, m: int) -> Tensor:
            one, part = state.rows(m, m + 1), gradient[m : m + 1]
            learner.bind(one, part)
            batch = _of_member(index, m) if isinstance(index, Batch) else self._batch(one, index[m : m + 1])
            return learner.backward(one, Gather(self.work, one.members), batch, part, player)

        losses = self.machines.each(len(state.members), run)
        Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        self.work.keep_own(gradient, player)
        return torch.stack(losses).to(torch.float64), gradient

    def _batch(self, one: State, rows: Tensor) -> Batch:
        step = int(one.steps[0])
        return IndexFeed(self.work, one, rows[:, None], first=step).batch(one, step)

    def _batches(self, one: State, index: Tensor | None, steps: int) -> Iterator[Batch]:
        """The batches of the coming steps; where rows come from a disk, the next one is read ahead."""
        first = int(one.steps[0])
        if index is None:
            assert self.work.feed is not None
            feed: Feed = self.work.feed
        else:
            feed = IndexFeed(self.work, one, index, first=first)
        if index is None or not self.work.rows.streamed:
            yield from (feed.batch(one, first + k) for k in range(steps))
            return
        with ThreadPoolExecutor(1) as reader:
            waiting = [reader.submit(feed.batch, one, first)]
            for k in range(1, steps):
                waiting.append(reader.submit(feed.batch, one, first + k))
                yield waiting.pop(0).result()
            yield waiting.pop().result()


def _of_member(batch: Batch, m: int) -> Batch:
    parts = {each.name: getattr(batch, each.name) for each in fields(batch)}
    return replace(batch, **{name: part[m : m + 1] for name, part in parts.items() if isinstance(part, Tensor)})
