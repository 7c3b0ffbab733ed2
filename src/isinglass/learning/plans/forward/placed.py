"""Answers of accelerators: each has its share of the members.

A member's weights are sent once, and kept while they stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor

from isinglass.errors import TrainingError
from isinglass.learning.network import Network
from isinglass.learning.plans.forward.contract import Answering, Forward
from isinglass.learning.plans.forward.looped import LoopedForward
from isinglass.learning.plans.plan import State, Tuning
from isinglass.learning.rows import inputs_on
from isinglass.spec import Spec

T = TypeVar("T")
F = TypeVar("F", bound=Answering)
KEPT = 64
"""States whose weights a device keeps for answers."""


class PlacedForward:
    """See `Forward`. One of `kind` on every device of the tuning. Raises TrainingError where memory does not do."""

    name = "placed"

    def __init__(self, network: Network, tuning: Tuning, kind: type[Forward] = LoopedForward) -> None:
        self.network, self.tuning, self.name = network, tuning, kind.name
        with memory(tuning):
            places = [torch.device(name) for name in tuning.devices]
            self.sites = [Site(place, kind(network.to(place), tuning)) for place in places]

    @staticmethod
    def obstacle(network: Network) -> str | None:
        """Nothing."""
        return None

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Forward.forward`."""
        return forward_on(self.sites, state, inputs, spec=self.network.view.spec, tuning=self.tuning)


class _Kept(NamedTuple):
    """Weights here, which of their versions was sent, and the same there."""

    here: State
    version: int
    there: State


class Site(Generic[F]):
    """A device, what runs there, and the weights that were sent for answers."""

    def __init__(self, device: torch.device, plan: F) -> None:
        self.device, self.plan = device, plan
        self.sent: dict[tuple[int, int], _Kept] = {}

    def kept(self, part: State) -> State:
        """What answers need of a state, there: sent again only where theta is other memory, or has changed. (It is held
        on to here: its place is not given away.)"""
        place, needed = (part.theta.data_ptr(), len(part.theta)), replace(part, slots={})
        found = self.sent.get(place)
        if found is None or found.version != part.theta._version:
            if len(self.sent) >= KEPT:
                self.sent.clear()
            found = self.sent[place] = _Kept(needed, part.theta._version, self.moved(needed))
        return replace(found.there, steps=part.steps, seeds=part.seeds, members=part.members)

    def moved(self, part: State) -> State:
        """A state there; what is asked for by number stays here."""
        slots, buffers = ({n: t.to(self.device) for n, t in held.items()} for held in (part.slots, part.buffers))
        return replace(part, theta=part.theta.to(self.device), slots=slots, buffers=buffers)


def forward_on(sites: list[Site[F]], state: State, inputs: Tensor, *, spec: Spec, tuning: Tuning) -> Tensor:
    """`Forward.forward` of an even share of the members on every device; `spec`: of a sample."""
    shared = spec.shared(inputs.dim())

    def run(site: Site[F], start: int, stop: int) -> Tensor:
        part = inputs if shared else inputs[start:stop]
        with torch.inference_mode(False):  # what is kept may be used outside of it later
            return site.plan.forward(site.kept(state.rows(start, stop)), inputs_on(part, site.device)).cpu()

    return torch.cat(each(sites, len(state.members), run, tuning))


def each(sites: list[Site[F]], members: int, run: Callable[[Site[F], int, int], T], tuning: Tuning) -> list[T]:
    """`run(site, start, stop)` for an even share of the members on every device, all at the same time."""
    sites = sites[:members]
    ends = [(place + 1) * members // len(sites) for place in range(len(sites))]
    jobs = list(zip(sites, [0, *ends[:-1]], ends, strict=True))
    with memory(tuning):
        if len(jobs) == 1:
            return [run(*jobs[0])]
        with ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(lambda job: run(*job), jobs))


@contextmanager
def memory(tuning: Tuning) -> Iterator[None]:
    """Raises TrainingError where a device's memory does not do."""
    try:
        yield
    except torch.OutOfMemoryError:
        where, cure = ", ".join(tuning.devices), "a smaller learning.batch, or learning.device = 'cpu'."
        raise TrainingError("the device has too little memory", where=where, instead=cure) from None
