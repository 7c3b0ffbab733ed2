"""Answers of machine code that loses nothing on small sizes (`kernel`). It needs the extra `fast` (numba)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isinglass.learning.network import Network
from isinglass.learning.plans.plan import ONE_BY_ONE, State, Tuning

SHARES = 4
"""Parts a thread of a forward pass: small enough that no thread waits long for the others."""
ALONE = 512
"""Rows times members of a forward pass up to which one thread does it all: handing over costs 80 us."""
Part = Callable[[int, int, Any], None]
"""`part(start, stop, room)`: work of some members in a thread's room."""


def installed() -> bool:
    """Whether numba is there (the extra `fast`)."""
    return importlib.util.find_spec("numba") is not None


def is_warm(dtype: torch.dtype = torch.float32) -> bool:
    """Whether the kernel is compiled, in memory or on disk. False as well where numba is missing."""
    if not installed():
        return False
    from isinglass.learning.plans.kernel.entry_points import is_compiled

    return is_compiled(str(dtype).removeprefix("torch."))


class CompiledForward:
    """See `Forward`. Tuning: `threads` members at a time; chunk and precision have no meaning here."""

    name = "compiled"

    def __init__(self, network: Network, tuning: Tuning) -> None:
        from isinglass.learning.plans.kernel.translation import table_of, translate

        self.network, self.tuning = network, tuning
        self.translation = translate(network)
        self.table = table_of(network.view, None, self.translation.type)
        self._kept: dict[int, list[Any]] = {}
        self._noted = False

    @staticmethod
    def obstacle(network: Network) -> str | None:
        """Why the kernel cannot run the network, or None."""
        if not network.view.spec.flat:
            return ONE_BY_ONE
        if not installed():
            return "numba is not installed (the extra 'fast')"
        from isinglass.learning.plans.kernel.translation import obstacle

        return obstacle(network)

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Forward.forward`."""
        from isinglass.learning.plans.kernel.entry_points import evaluate

        source = np.ascontiguousarray(
            (inputs[None] if self.network.view.spec.shared(inputs.dim()) else inputs).numpy(), dtype=np.float32
        )
        members, samples = len(state.members), source.shape[1]
        out = torch.empty(members, samples, self.translation.width, dtype=self.network.dtype)
        if not samples:
            return out
        stride = self.translation.stride(samples)
        network, learners = self.translation.network(state, stride), self.translation.learners(state)

        def part(start: int, stop: int, room: Any) -> None:
            evaluate(network, self.table, learners, room, source, out.numpy(), start, stop)

        parts = 1 if members * samples <= ALONE else SHARES * self.tuning.threads
        self.share(members, -(-members // parts), stride, part)
        return out

    def share(self, members: int, size: int, stride: int, part: Part) -> None:
        """Call `part(start, stop, room)` for all members, `size` at a time, on all threads."""
        starts = iter(range(0, members, size))
        rooms = self._rooms(stride)
        if self.tuning.threads == 1 or members <= size:
            _work_off(starts, size, members, part, rooms[0])
        else:
            jobs = [self._pool.submit(_work_off, starts, size, members, part, room) for room in rooms]
            for job in jobs:
                job.result()
        self._note()

    def _note(self) -> None:
        """Remember on disk that the kernel is compiled: once is enough."""
        from isinglass.learning.plans.kernel.entry_points import is_compiled, note_compiled

        if not self._noted:
            kind = str(self.translation.type)
            self._noted = is_compiled(kind) or note_compiled(kind)

    def _rooms(self, stride: int) -> list[Any]:
        """Working memory of the threads; kept, for each length of rows."""
        if stride not in self._kept:
            outputs = self.network.view.target_center.shape[1]
            self._kept[stride] = [self.translation.room(stride, outputs) for _ in range(self.tuning.threads)]
        return self._kept[stride]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.tuning.threads, thread_name_prefix="isinglass")


def _work_off(starts: Iterator[int], size: int, members: int, part: Part, room: Any) -> None:
    """Take the next start until there is none: a range's iterator hands each out once, whoever asks."""
    for start in starts:
        part(start, min(start + size, members), room)
