"""Steps that are recorded once and replayed: CUDA graphs.

A step of small networks is a few hundred operations of some microseconds each, and asking for them one by one takes a
processor longer than a GPU needs to compute them. A graph remembers operations and places in memory, no numbers, and
asks for all of them at once. So what changes from step to step has to be on the device, in memory that stays: a
recording has a state of its own there (counts of steps and seeds of dropout too), a batch and rates, into which those
of each step are copied.

The first steps of a recording are taken one by one, as libraries want it: they make room and choose their kernels then.
The next one is recorded, which computes nothing, and replayed; so are all others of the same members and shapes.

Reference: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from isinglass.learning.optimizers import Runs
from isinglass.learning.plans.gather import Batch
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.learning.plans.stepping import MakeStep, Step, take_steps
from isinglass.learning.plans.update import Rate, Rates

WARM = 2
"""Steps that are taken one by one before one is recorded."""
KEPT = 8
"""Recordings of a plan, each of some members, with memory of its own."""

ALONE = Lock()
"""Held by the thread that records: it gives freed memory back first, on all devices."""

TakeSteps = Callable[[Work, State, MakeStep, Iterable[Batch], Rates], Tensor]
"""`stepping.take_steps`, or the same by recordings."""


def stepper(tuning: Tuning) -> TakeSteps:
    """How a plan takes its steps."""
    return Recordings().take_steps if tuning.graph else take_steps


def recordable(work: Work, devices: Sequence[str]) -> bool:
    """Whether the devices replay, and nothing in a step is decided in main memory."""
    decided = work.adversarial or (work.frozen and work.thaw)
    return not decided and all(hasattr(torch.get_device_module(name), "CUDAGraph") for name in devices)


class Recordings:
    """Of one plan on one device."""

    def __init__(self) -> None:
        self.kept: dict[object, Recording] = {}

    def take_steps(self, work: Work, state: State, make: MakeStep, batches: Iterable[Batch], rates: Rates) -> Tensor:
        """See `stepping.take_steps`."""
        key = (tuple(state.members.tolist()), rates.runs)
        if key not in self.kept:
            if len(self.kept) >= KEPT:
                self.kept.clear()
            self.kept[key] = Recording(state)
        recording = self.kept[key]
        _copy(state, recording.state)
        mean = take_steps(work, recording.state, recording.begin(make), batches, rates)
        _copy(recording.state, state)
        return mean


class Recording:
    """One step of some members, in memory of its own."""

    def __init__(self, state: State) -> None:
        self.device = state.theta.device
        self.module = torch.get_device_module(self.device)
        there = {name: getattr(state, name).to(self.device) for name in ("steps", "seeds", "members")}
        self.state = replace(state.clone(), **there)
        self.stream = self.module.Stream(self.device)
        self.plain: Step | None = None
        self.batch: Batch | None = None
        self.graph: Any = None
        self.warm = 0

    def begin(self, make: MakeStep) -> MakeStep:
        """Steps of this state: what is not recorded yet is taken by what `make` makes."""

        def ready(state: State, runs: Runs) -> Step:
            self.make = partial(make, state, runs)
            if self.graph is None:  # others may have used the plan's network in between
                self.plain = self.make()
            return self._step

        return ready

    def _step(self, batch: Batch, rate: Rate) -> Tensor:
        if self.batch is None or _shapes(batch) != _shapes(self.batch):
            self._hold(batch, rate)
        else:
            _load(batch, self.batch)
            self.rate.values.copy_(rate.values)
        with self.module.device(self.device):
            if self.graph is None:
                self.warm += 1
                if self.warm <= WARM:
                    return self._aside()
                self.graph = self._record()
            self.graph.replay()
        return self.loss

    def _hold(self, batch: Batch, rate: Rate) -> None:
        """A batch of another shape: all begins anew."""
        self.batch = replace(batch, **{name: part.clone() for name, part in _parts(batch)})
        self.rate, self.plain, self.graph, self.warm = Rate(rate.values.clone()), self.make(), None, 0

    def _aside(self) -> Tensor:
        """A step one by one, on the stream that will be recorded: what libraries make room for belongs to it."""
        self.stream.wait_stream(self.module.current_stream())
        with self.module.stream(self.stream):
            loss = self._compute()
        self.module.current_stream().wait_stream(self.stream)
        return loss

    def _record(self) -> Any:
        graph = self.module.CUDAGraph()
        # Other threads may make room on other devices meanwhile, but not record.
        with ALONE, self.module.graph(graph, stream=self.stream, capture_error_mode="thread_local"):
            self.loss = self._compute()
        return graph

    def _compute(self) -> Tensor:
        assert self.plain is not None
        assert self.batch is not None
        return self.plain(self.batch, self.rate)


def _parts(batch: Batch) -> Iterator[tuple[str, Tensor]]:
    for each in fields(batch):
        part = getattr(batch, each.name)
        if part is not None:
            yield each.name, part


def _shapes(batch: Batch) -> list[tuple[str, torch.Size, torch.dtype]]:
    return [(name, part.shape, part.dtype) for name, part in _parts(batch)]


def _load(batch: Batch, there: Batch) -> None:
    for name, part in _parts(batch):
        getattr(there, name).copy_(part)


def _copy(state: State, there: State) -> None:
    """All that changes."""
    for name in ("theta", "steps", "seeds"):
        getattr(there, name).copy_(getattr(state, name))
    for old, new in ((there.slots, state.slots), (there.buffers, state.buffers)):
        for name, values in new.items():
            old[name].copy_(values)
