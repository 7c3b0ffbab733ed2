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

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.learning.plans.stepping import MakeStep, Step, take_steps
from isinglass.learning.plans.update import Rate, Rates

WARM = 2
"""Steps that are taken one by one before one is recorded."""
KEPT = 64
"""Recordings of a plan, each of some members; the oldest goes first."""

ALONE = Lock()
"""Held by the thread that records: it gives freed memory back first, on all devices."""

Now = Callable[[], Tensor]
"""A step with its batch and rate -> its loss."""

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
        self.lane: Lane | None = None

    def take_steps(self, work: Work, state: State, make: MakeStep, batches: Iterable[Batch], rates: Rates) -> Tensor:
        """See `stepping.take_steps`."""
        self.lane = self.lane or Lane(state.theta.device)
        key = (tuple(state.members.tolist()), rates.runs)
        if key not in self.kept:
            self.kept[key] = Recording(self.lane, state, make, rates.runs)
            if len(self.kept) > KEPT:
                self.kept.pop(next(iter(self.kept)))
        recording = self.kept[key]
        _copy(state, recording.state)
        mean = take_steps(work, recording.state, recording.begin, batches, rates)
        _copy(recording.state, state)
        return mean


class Lane:
    """The stream of a device on which steps are recorded, and the memory for what they compute on the way: recordings
    share it, since one is replayed after the other and leaves nothing there but its loss."""

    def __init__(self, device: torch.device) -> None:
        self.device, self.module = device, torch.get_device_module(device)
        self.stream, self.pool = self.module.Stream(device), self.module.graph_pool_handle()
        self.recorded = False

    def aside(self, now: Now) -> Tensor:
        """A step one by one: what libraries make room for belongs to the stream."""
        self.stream.wait_stream(self.module.current_stream())
        with self.module.stream(self.stream):
            loss = now()
        self.module.current_stream().wait_stream(self.stream)
        return loss

    def record(self, now: Now) -> tuple[Any, Tensor]:
        """The graph of a step, and where its loss will be."""
        graph = self.module.CUDAGraph()
        where = {"pool": self.pool, "stream": self.stream, "capture_error_mode": "thread_local"}
        # Other threads may make room on other devices meanwhile, but not record. The stream is entered here too: a
        # graph that fails does not leave it.
        with ALONE, self.module.stream(self.stream), self.module.graph(graph, **where):
            loss = now()
        self.recorded = True
        return graph, loss


class Recording:
    """One step of some members, in memory of its own: `state`, `batch` and `rate` are read, `loss` is written."""

    batch: Batch
    rate: Rate
    loss: Tensor

    def __init__(self, lane: Lane, state: State, make: MakeStep, runs: Runs) -> None:
        there = {name: getattr(state, name).to(lane.device) for name in ("steps", "seeds", "members")}
        self.lane, self.state = lane, replace(state.clone(), **there)
        self.make = partial(make, self.state, runs)
        self.now: Now | None = None
        self.shapes: object = None
        self.graph: Any = None
        self.warm = 0.0

    def begin(self, *_: object) -> Step:
        """Steps of this state. What is not recorded is made anew: others may have used the plan's network since."""
        self.now = None
        return self._step

    def _step(self, batch: Batch, rate: Rate) -> Tensor:
        with self.lane.module.device(self.lane.device):
            self._hold(batch, rate)
            if self.graph is None:
                now, self.warm = self.now or partial(self.make(), self.batch, self.rate), self.warm + 1
                self.now = now
                self.graph = self._record(now) if self.warm > WARM else None
                if self.graph is None:
                    return self.lane.aside(now)
            self.graph.replay()
        return self.loss

    def _hold(self, batch: Batch, rate: Rate) -> None:
        """Copies of both; where their shapes are others, all begins anew."""
        shapes = [(name, part.shape, part.dtype) for name, part in _parts(batch)]
        if shapes != self.shapes:
            self.batch = replace(batch, **{name: part.clone() for name, part in _parts(batch)})
            self.rate, self.shapes = Rate(rate.values.clone()), shapes
            self.now, self.graph, self.warm = None, None, 0.0
            return
        self.rate.values.copy_(rate.values)
        for name, part in _parts(batch):
            getattr(self.batch, name).copy_(part)

    def _record(self, now: Now) -> Any:
        """The graph. Where nothing could be recorded before it is an error if this cannot; later it is None, and steps
        are taken one by one."""
        try:
            graph, self.loss = self.lane.record(now)
        except RuntimeError as error:
            if isinstance(error, torch.OutOfMemoryError) or not self.lane.recorded:
                raise
            self.warm = -math.inf
            return None
        return graph


def _parts(batch: Batch) -> Iterator[tuple[str, Tensor]]:
    for each in fields(batch):
        part = getattr(batch, each.name)
        if isinstance(part, Tensor):
            yield each.name, part


def _copy(state: State, there: State) -> None:
    """All that changes."""
    for name in ("theta", "steps", "seeds"):
        getattr(there, name).copy_(getattr(state, name))
    for old, new in ((there.slots, state.slots), (there.buffers, state.buffers)):
        for name, values in new.items():
            old[name].copy_(values)
