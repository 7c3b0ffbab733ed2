"""A plan on accelerators: rows, networks and weights are there, and each device has its share of the members.

All outside a plan is in main memory: what early stopping keeps, checkpoints, predictions. So the weights go there when
they have changed since the last call, and come back after the steps of a tick; with hundreds of steps in between that
is nothing. The rows stay there for the whole run, images as they are on the disk; only what is read from a disk while
others are learnt from goes there batch by batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from isinglass.errors import TrainingError
from isinglass.learning.plans.looped import LoopedPlan
from isinglass.learning.plans.plan import Plan, State, Tuning, Work
from isinglass.learning.problem import sent

T = TypeVar("T")
ABROAD = "differential equations are learnt on the processor"


class PlacedPlan:
    """See `Plan`. A plan of `kind` on every device of the tuning."""

    name = "placed"

    def __init__(self, work: Work, tuning: Tuning, kind: type[Plan] = LoopedPlan) -> None:
        self.work, self.tuning, self.name = work, tuning, kind.name
        self.sites = [_Site(kind, work, tuning, torch.device(name)) for name in tuning.devices]

    @staticmethod
    def supports(work: Work) -> str | None:
        """What is no matter of the plan that is placed."""
        return ABROAD if work.problem.equations else None

    def advance(self, state: State, index: Tensor, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""

        def run(site: _Site, start: int, stop: int) -> Tensor:
            part = state.rows(start, stop)
            there = site.sent(part)
            losses = site.plan.advance(there, index[start:stop], rates[:, start:stop])
            site.fetch(part)
            return losses.cpu()

        return torch.cat(self._each(len(state.members), run))

    def gradient(self, state: State, index: Tensor) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""

        def run(site: _Site, start: int, stop: int) -> tuple[Tensor, Tensor]:
            part = state.rows(start, stop)
            losses, gradient = site.plan.gradient(site.sent(part), index[start:stop])
            site.fetch(part)  # running statistics may have moved
            return losses.cpu(), gradient.cpu()

        losses, gradients = zip(*self._each(len(state.members), run), strict=True)
        return torch.cat(losses), torch.cat(gradients)

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Plan.forward`."""
        shared = inputs.dim() == self.work.problem.inputs.dim()

        def run(site: _Site, start: int, stop: int) -> Tensor:
            part = inputs if shared else inputs[start:stop]
            with torch.inference_mode(False):  # what is sent now may be learnt from later
                return site.plan.forward(site.sent(state.rows(start, stop)), sent(part, site.device)).cpu()

        return torch.cat(self._each(len(state.members), run))

    def _each(self, members: int, run: Callable[[_Site, int, int], T]) -> list[T]:
        """`run(site, start, stop)` for an even share of the members on every device, all at the same time."""
        sites = self.sites[:members]
        ends = [(place + 1) * members // len(sites) for place in range(len(sites))]
        jobs = list(zip(sites, [0, *ends], ends, strict=False))
        try:
            if len(jobs) == 1:
                return [run(*jobs[0])]
            with ThreadPoolExecutor(len(jobs)) as pool:
                return list(pool.map(lambda job: run(*job), jobs))
        except torch.OutOfMemoryError:
            where, cure = ", ".join(self.tuning.devices), "a smaller learning.batch, or learning.device = 'cpu'."
            raise TrainingError("the device has too little memory", where=where, instead=cure) from None


class _Site:
    """A device, the plan that runs there, and the weights that were sent last."""

    def __init__(self, kind: type[Plan], work: Work, tuning: Tuning, device: torch.device) -> None:
        self.device, self.plan = device, kind(work.to(device), tuning)
        self.here: State | None = None
        self.there: State | None = None
        self.versions: list[int] = []

    def sent(self, part: State) -> State:
        """A state there, equal to a part of one here."""
        if self.there is None or not self._known(part):
            slots, buffers = ({n: t.to(self.device) for n, t in held.items()} for held in (part.slots, part.buffers))
            self.there = replace(part, theta=part.theta.to(self.device), slots=slots, buffers=buffers)
            self.here, self.versions = part, [held._version for held in _tensors(part)]
        self.there = replace(self.there, steps=part.steps, seeds=part.seeds, members=part.members)
        return self.there

    def fetch(self, part: State) -> None:
        """What was sent has changed there: the part here becomes the same."""
        assert self.there is not None
        for here, there in zip(_tensors(part), _tensors(self.there), strict=True):
            here.copy_(there)
        self.here, self.versions = part, [held._version for held in _tensors(part)]

    def _known(self, part: State) -> bool:
        """Whether it is the very memory that was sent, unchanged. (It is held on to: its place is not given away.)"""
        assert self.here is not None
        pairs = zip(_tensors(part), _tensors(self.here), self.versions, strict=False)
        same = all(
            new.data_ptr() == old.data_ptr() and new.shape == old.shape and new._version == version
            for new, old, version in pairs
        )
        return same and (part.slots.keys(), part.buffers.keys()) == (self.here.slots.keys(), self.here.buffers.keys())


def _tensors(state: State) -> Iterator[Tensor]:
    yield from (state.theta, *state.slots.values(), *state.buffers.values())
