"""Answers of one member after the other: any `nn.Module` runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, TypeVar

import torch
from torch import Tensor

from isinglass.learning.network import Network
from isinglass.learning.plans.forward.borrowed import Borrowed
from isinglass.learning.plans.forward.scaler import Scaler
from isinglass.learning.plans.plan import State, Tuning
from isinglass.learning.plans.threads import torch_threads

T = TypeVar("T")
M = TypeVar("M", bound=Borrowed)


class OneByOne(Generic[M]):
    """Copies of the template, one for each thread, that take the place of one member after the other."""

    def __init__(self, make: Callable[[], M], tuning: Tuning) -> None:
        self.make, self.tuning = make, tuning
        self.copies: list[M] = []

    def each(self, members: int, run: Callable[[M, int], T]) -> list[T]:
        """`run(copy, member)` for all members: one after the other with threads inside the operations, or with
        a chunk a member for each thread."""
        threads = min(self.tuning.threads, members) if self.tuning.chunk else 1
        with torch.inference_mode(False):  # a copy may learn later
            self.copies += [self.make() for _ in range(threads - len(self.copies))]
        if threads == 1:
            with torch_threads(self.tuning.threads):
                return [run(self.copies[0], m) for m in range(members)]
        free = SimpleQueue[M]()
        for one in self.copies:
            free.put(one)

        def next_one(m: int) -> T:
            one = free.get()
            try:
                return run(one, m)
            finally:
                free.put(one)

        with torch_threads(1), ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            return list(pool.map(next_one, range(members)))


class LoopedForward:
    """See `Forward`. The machine's parameters are views of the member's row of theta: nothing is copied."""

    name = "looped"

    def __init__(self, network: Network, tuning: Tuning) -> None:
        self.network, self.tuning = network, tuning
        self.machines: OneByOne = OneByOne(lambda: Borrowed(network, tuning), tuning)

    @staticmethod
    def obstacle(network: Network) -> str | None:
        """Nothing."""
        return None

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Forward.forward`."""
        shared = self.network.view.spec.shared(inputs.dim())

        def run(machine: Borrowed, m: int) -> Tensor:
            one = state.rows(m, m + 1)
            machine.bind(one, None)
            return machine.forward(Scaler(self.network, one.members), inputs if shared else inputs[m])

        return torch.stack(self.machines.each(len(state.members), run))
