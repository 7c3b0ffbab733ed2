"""The compiled plan: one thread trains one member through a whole tick, everything in its cache.

Where the stacked plan makes one large product of many members' small ones, this plan makes each small product in
machine code that loses nothing on small sizes (`kernel`), and fuses all that lies between products. It needs the extra
`fast` (numba), and knows the layers, losses and optimizers that `kernel` has rules for.

Members are independent here to the last bit: the same numbers whatever the population, the chunk or the threads.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.learning.flat_params import layout_of
from isinglass.learning.plans.plan import ATTACKED, ONE_BY_ONE, State, Tuning, Work
from isinglass.learning.problem import Problem
from isinglass.objective.losses import LOSSES
from isinglass.recipe import OptimizerRecipe

SHARES = 4
"""Parts a thread of a forward pass: small enough that no thread waits long for the others."""
ALONE = 512
"""Rows times members of a forward pass up to which one thread does it all: handing over costs 80 us."""


def installed() -> bool:
    """Whether numba is there (the extra `fast`)."""
    return importlib.util.find_spec("numba") is not None


def is_warm(dtype: torch.dtype = torch.float32) -> bool:
    """Whether the kernel is compiled, in memory or on disk. False as well where numba is missing."""
    if not installed():
        return False
    from isinglass.learning.plans.kernel.entry_points import is_compiled

    return is_compiled(_name(dtype))


def warm(*dtypes: torch.dtype) -> None:
    """Compile the kernel for some dtypes (float32 if none is given) and keep it on disk. Nothing without numba."""
    if not installed():
        return
    for dtype in dtypes or (torch.float32,):
        work, state = _smallest(dtype)
        plan = CompiledPlan(work, Tuning())
        plan.advance(state, torch.zeros(1, 1, 1, dtype=torch.int32), torch.zeros(1, 1, dtype=dtype))
        plan.forward(state, work.problem.inputs)


class CompiledPlan:
    """See `Plan`. Tuning: `threads` members at a time; chunk and precision have no meaning here."""

    name = "compiled"

    def __init__(self, work: Work, tuning: Tuning) -> None:
        from isinglass.learning.plans.kernel.translation import translate

        self.work, self.tuning = work, tuning
        self.translation = translate(work)
        self.type = np.dtype(_name(work.dtype))
        self._kept: dict[int, list[Any]] = {}
        self._noted = False

    @staticmethod
    def supports(work: Work) -> str | None:
        """Why the kernel cannot run the work, or None."""
        if not work.problem.spec.flat:
            return ONE_BY_ONE
        if work.adversarial:
            return ATTACKED
        if work.followed:
            return "means of the weights, or stages that learn at their own rates"
        if not installed():
            return "numba is not installed (the extra 'fast')"
        from isinglass.learning.plans.kernel.translation import obstacle

        return obstacle(work)

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""
        return self._run(state, index, rates, torch.empty(0, 0, dtype=self.work.dtype))

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        slopes = torch.empty_like(state.theta)
        rates = torch.zeros(1, len(state.members), dtype=self.work.dtype)
        return self._run(state, index[:, None], rates, slopes), slopes

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Plan.forward`."""
        from isinglass.learning.plans.kernel.entry_points import evaluate

        source = np.ascontiguousarray(
            (inputs[None] if self.work.problem.spec.shared(inputs.dim()) else inputs).numpy(), dtype=np.float32
        )
        members, samples = len(state.members), source.shape[1]
        out = torch.empty(members, samples, self.translation.width, dtype=self.work.dtype)
        if not samples:
            return out
        stride = self.translation.stride(samples)
        network, learners = self.translation.network(state, stride), self.translation.learners(state)

        def part(start: int, stop: int, room: Any) -> None:
            evaluate(network, self.translation.table, learners, room, source, out.numpy(), start, stop)

        parts = 1 if members * samples <= ALONE else SHARES * self.tuning.threads
        self._share(members, -(-members // parts), stride, part)
        self._note()
        return out

    def _run(self, state: State, index: Tensor, rates: Tensor, slopes: Tensor) -> Tensor:
        from isinglass.learning.plans.kernel.entry_points import advance

        members, stride = len(state.members), self.translation.stride(index.shape[2])
        losses = np.zeros(members)
        network, learners = self.translation.network(state, stride), self.translation.learners(state)
        same = index.stride(1) == 0  # full batches: the same rows at every step, which need not be written out
        rows, rate = (index[:, :1] if same else index).contiguous().numpy(), rates.contiguous().numpy()

        def part(start: int, stop: int, room: Any) -> None:
            advance(
                network, self.translation.table, self.translation.rule, learners, room, rows, rate, losses,
                slopes.numpy(), start, stop,
            )  # fmt: skip

        self._share(members, 1, stride, part)
        self._note()
        return torch.from_numpy(losses)

    def _share(self, members: int, size: int, stride: int, part: Callable[[int, int, Any], None]) -> None:
        """Call `part(start, stop, room)` for all members, `size` at a time, on all threads."""
        starts = iter(range(0, members, size))
        rooms = self._rooms(stride)
        if self.tuning.threads == 1 or members <= size:
            _work_off(starts, size, members, part, rooms[0])
            return
        jobs = [self._pool.submit(_work_off, starts, size, members, part, room) for room in rooms]
        for job in jobs:
            job.result()

    def _note(self) -> None:
        """Remember on disk that the kernel is compiled: once is enough."""
        from isinglass.learning.plans.kernel.entry_points import is_compiled, note_compiled

        if not self._noted:
            self._noted = is_compiled(str(self.type)) or note_compiled(str(self.type))

    def _rooms(self, stride: int) -> list[Any]:
        """Working memory of the threads; kept, for each length of rows."""
        if stride not in self._kept:
            self._kept[stride] = [self.translation.room(stride) for _ in range(self.tuning.threads)]
        return self._kept[stride]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.tuning.threads, thread_name_prefix="isinglass")


def _work_off(starts: Iterator[int], size: int, members: int, part: Callable[[int, int, Any], None], room: Any) -> None:
    """Take the next start until there is none: a range's iterator hands each out once, whoever asks."""
    for start in starts:
        part(start, min(start + size, members), room)


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _smallest(dtype: torch.dtype) -> tuple[Work, State]:
    """A work of one row and one weight, to compile with."""
    machine = nn.Sequential(nn.Linear(1, 1))
    layout, zeros = layout_of(machine), torch.zeros(1, 1, dtype=dtype)
    problem = Problem(
        inputs=torch.zeros(1, 1), targets=zeros, weights=torch.ones(1, dtype=dtype),
        role=torch.ones(1, 1, dtype=torch.int8), center=zeros, scale=zeros + 1, clip=torch.zeros(1, dtype=torch.bool),
        target_center=zeros, target_scale=zeros + 1, loss=LOSSES["squared"],
    )  # fmt: skip
    optimizer = OptimizerRecipe(kind="sgd")
    work = Work(problem, machine, layout, optimizer, weight_decay=zeros[0], dtype=dtype)
    whole = torch.zeros(1, dtype=torch.int64)
    return work, State(torch.zeros(1, layout.size, dtype=dtype), {}, {}, whole.clone(), whole.clone(), whole)
