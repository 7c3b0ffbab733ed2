"""A plan on accelerators: rows and networks are there, and each device has its share of the members.

All outside a plan is in main memory: what early stopping keeps, checkpoints, predictions. So the members' state goes
there for the steps of a tick and comes back; with hundreds of steps in between that is nothing. The rows stay there for
the whole run, images as the bytes that they are (those of 16 bits as int32); only what is read from a disk while others
are learnt from goes there batch by batch. For answers a member's weights are sent once, and kept while they stay as
they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from isinglass.errors import TrainingError
from isinglass.learning.plans.looped import LoopedPlan
from isinglass.learning.plans.plan import Plan, State, Tuning, Work
from isinglass.learning.problem import inputs_on

T = TypeVar("T")
EQUATIONS = "differential equations are learnt on the processor"
KEPT = 64
"""States whose weights a device keeps for answers."""


class PlacedPlan:
    """See `Plan`. A plan of `kind` on every device of the tuning. Raises TrainingError where memory does not do."""

    name = "placed"

    def __init__(self, work: Work, tuning: Tuning, kind: type[Plan] = LoopedPlan) -> None:
        self.work, self.tuning, self.name = work, tuning, kind.name
        with self._memory():
            self.sites = [_Site(kind, work, tuning, torch.device(name)) for name in tuning.devices]

    @staticmethod
    def supports(work: Work) -> str | None:
        """What is no matter of the plan that is placed."""
        return EQUATIONS if work.problem.equations else None

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`. Interrupted, it has taken no step."""

        def run(site: _Site, start: int, stop: int) -> Tensor:
            there = site.lent(state.rows(start, stop))
            losses = site.plan.advance(there, index[start:stop], rates[:, start:stop]).cpu()
            _give_back(there, state.rows(start, stop))
            return losses

        return torch.cat(self._each(len(state.members), run))

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""

        def run(site: _Site, start: int, stop: int) -> tuple[Tensor, Tensor]:
            there = site.lent(state.rows(start, stop))
            losses, gradient = site.plan.gradient(there, index[start:stop])
            _give_back(there, state.rows(start, stop))  # running statistics may have moved
            return losses.cpu(), gradient.cpu()

        losses, gradients = zip(*self._each(len(state.members), run), strict=True)
        return torch.cat(losses), torch.cat(gradients)

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Plan.forward`."""
        shared = self.work.problem.spec.shared(inputs.dim())

        def run(site: _Site, start: int, stop: int) -> Tensor:
            part = inputs if shared else inputs[start:stop]
            with torch.inference_mode(False):  # what is kept may be used outside of it later
                return site.plan.forward(site.kept(state.rows(start, stop)), inputs_on(part, site.device)).cpu()

        return torch.cat(self._each(len(state.members), run))

    def _each(self, members: int, run: Callable[[_Site, int, int], T]) -> list[T]:
        """`run(site, start, stop)` for an even share of the members on every device, all at the same time."""
        sites = self.sites[:members]
        ends = [(place + 1) * members // len(sites) for place in range(len(sites))]
        jobs = list(zip(sites, [0, *ends[:-1]], ends, strict=True))
        with self._memory():
            if len(jobs) == 1:
                return [run(*jobs[0])]
            with ThreadPoolExecutor(len(jobs)) as pool:
                return list(pool.map(lambda job: run(*job), jobs))

    @contextmanager
    def _memory(self) -> Iterator[None]:
        try:
            yield
        except torch.OutOfMemoryError:
            where, cure = ", ".join(self.tuning.devices), "a smaller learning.batch, or learning.device = 'cpu'."
            raise TrainingError("the device has too little memory", where=where, instead=cure) from None


class _Kept(NamedTuple):
    """Weights here, which of their versions was sent, and the same there."""

    here: State
    version: int
    there: State


class _Site:
    """A device, the plan that runs there, and the weights that were sent for answers."""

    def __init__(self, kind: type[Plan], work: Work, tuning: Tuning, device: torch.device) -> None:
        self.device, self.plan = device, kind(work.to(device), tuning)
        self.sent: dict[tuple[int, int], _Kept] = {}

    def lent(self, part: State) -> State:
        """A copy there; its counts of steps too are its own."""
        return replace(self._moved(part), steps=part.steps.clone())

    def kept(self, part: State) -> State:
        """What answers need of a state, there: sent again only where theta is other memory, or has changed. (It is held
        on to here: its place is not given away.)"""
        place, needed = (part.theta.data_ptr(), len(part.theta)), replace(part, slots={})
        found = self.sent.get(place)
        if found is None or found.version != part.theta._version:
            if len(self.sent) >= KEPT:
                self.sent.clear()
            found = self.sent[place] = _Kept(needed, part.theta._version, self._moved(needed))
        return replace(found.there, steps=part.steps, seeds=part.seeds, members=part.members)

    def _moved(self, part: State) -> State:
        slots, buffers = ({n: t.to(self.device) for n, t in held.items()} for held in (part.slots, part.buffers))
        return replace(part, theta=part.theta.to(self.device), slots=slots, buffers=buffers)


def _give_back(there: State, here: State) -> None:
    """What has changed there is so here too."""
    for old, new in zip(_tensors(here), _tensors(there), strict=True):
        old.copy_(new)


def _tensors(state: State) -> Iterator[Tensor]:
    yield from (state.theta, *state.slots.values(), *state.buffers.values(), state.steps)
