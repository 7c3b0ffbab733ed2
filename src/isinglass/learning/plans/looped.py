"""The looped plan: one member after the other, plain autograd. Any `nn.Module` runs; the others' oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from queue import SimpleQueue
from typing import TypeVar

import torch
from torch import Tensor

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch, Gather
from isinglass.learning.plans.graphs import stepper
from isinglass.learning.plans.network import Feed, Network
from isinglass.learning.plans.network import set_buffer as set_buffer
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.learning.plans.stepping import Step
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.plans.update import Penalties, Rate, Rates, Update

T = TypeVar("T")


class LoopedPlan:
    """See `Plan`. The machine's parameters are views of the member's row of theta: nothing is copied."""

    name = "looped"

    def __init__(self, work: Work, tuning: Tuning) -> None:
        self.work, self.tuning, self.take_steps = work, tuning, stepper(tuning)
        self.networks = [Network(work, tuning)]

    @staticmethod
    def supports(work: Work) -> str | None:
        """Always."""
        return None

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""

        def run(network: Network, m: int) -> Tensor:
            one = state.rows(m, m + 1)
            return self._advance_one(network, one, index[m : m + 1], rates[:, m : m + 1])

        return torch.stack(self._each(len(state.members), run))

    def _advance_one(self, network: Network, one: State, index: Tensor, rates: Tensor) -> Tensor:
        feed = Feed(self.work, one)
        batches = _batches(feed, index, int(one.steps[0]))

        def make(one: State, runs: Runs) -> Step:
            gradient = torch.zeros_like(one.theta)
            gather, update = Gather(self.work, one.members), Update(self.work, one, runs)
            network.bind(one, gradient)

            def step(batch: Batch, rate: Rate) -> Tensor:
                loss = network.backward(one, gather, batch, gradient)
                update.step(gradient, rate)
                return loss

            return step

        return self.take_steps(self.work, one, make, batches, Rates(rates, one)).squeeze(0)

    def _each(self, members: int, run: Callable[[Network, int], T]) -> list[T]:
        """`run(network, member)` for all members: one after the other with threads inside the operations, or with
        a chunk a member for each thread."""
        threads = min(self.tuning.threads, members) if self.tuning.chunk else 1
        if threads == 1:
            with torch_threads(self.tuning.threads):
                return [run(self.networks[0], m) for m in range(members)]
        self.networks += [Network(self.work, self.tuning) for _ in range(threads - len(self.networks))]
        free = SimpleQueue[Network]()
        for network in self.networks:
            free.put(network)

        def next_one(m: int) -> T:
            network = free.get()
            try:
                return run(network, m)
            finally:
                free.put(network)

        with torch_threads(1), ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(next_one, range(members)))

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        gradient = torch.zeros_like(state.theta)

        def run(network: Network, m: int) -> Tensor:
            one, part = state.rows(m, m + 1), gradient[m : m + 1]
            feed = Feed(self.work, one)
            network.bind(one, part)
            batch = feed.batch(index[m : m + 1], int(one.steps[0]))
            return network.backward(one, feed.gather, batch, part)

        losses = self._each(len(state.members), run)
        Penalties(self.work, state.members).add_gradient(state.theta, gradient)
        return torch.stack(losses).to(torch.float64), gradient

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Plan.forward`."""
        shared = self.work.problem.spec.shared(inputs.dim())

        def run(network: Network, m: int) -> Tensor:
            one = state.rows(m, m + 1)
            network.bind(one, None)
            return network.forward(Gather(self.work, one.members), inputs if shared else inputs[m])

        return torch.stack(self._each(len(state.members), run))


def _batches(feed: Feed, index: Tensor, first: int) -> Iterator[Batch]:
    """The batches of index `[1, step, batch]`; where rows come from a disk, the next one is read ahead."""
    steps = index.unbind(1)
    if not feed.problem.streamed:
        yield from (feed.batch(rows, first + k) for k, rows in enumerate(steps))
        return
    with ThreadPoolExecutor(1) as reader:
        waiting = [reader.submit(feed.batch, steps[0], first)]
        for k, _ in enumerate(pairwise(steps), 1):
            waiting.append(reader.submit(feed.batch, steps[k], first + k))
            yield waiting.pop(0).result()
        yield waiting.pop().result()
