"""A plan on accelerators: rows and networks are there, and each device has its share of the members.

All outside a plan is in main memory: what early stopping keeps, checkpoints, predictions. So the members' state goes
there for the steps of a tick and comes back; with hundreds of steps in between that is nothing. The rows stay there for
the whole run, images as the bytes that they are (those of 16 bits as int32); only what is read from a disk while others
are learnt from goes there batch by batch. For answers see `forward.placed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from isinglass.learning.plans.forward.placed import Site, each, forward_on, memory
from isinglass.learning.plans.looped import LoopedPlan
from isinglass.learning.plans.plan import Plan, State, Tuning, Work
from isinglass.objective.batch import Batch

EQUATIONS = "differential equations are learnt on the processor"


class PlacedPlan:
    """See `Plan`. A plan of `kind` on every device of the tuning. Raises TrainingError where memory does not do."""

    name = "placed"

    def __init__(self, work: Work, tuning: Tuning, kind: type[Plan] = LoopedPlan) -> None:
        self.work, self.tuning, self.name = work, tuning, kind.name
        with memory(tuning):
            places = [torch.device(name) for name in tuning.devices]
            self.sites = [Site(place, kind(work.to(place), tuning)) for place in places]

    @staticmethod
    def supports(work: Work) -> str | None:
        """What is no matter of the plan that is placed."""
        if work.feed is not None or len(work.objective.players) > 1:
            return "several players, or batches that are no rows, are learnt on the processor"
        return EQUATIONS if work.objective.asks else None

    def advance(self, state: State, index: Tensor | None, rates: Tensor) -> Tensor:
        """See `Plan.advance`. Interrupted, it has taken no step."""

        assert index is not None  # `supports`

        def run(site: Site[Plan], start: int, stop: int) -> Tensor:
            there = _lent(site, state.rows(start, stop))
            losses = site.plan.advance(there, index[start:stop], rates[:, start:stop]).cpu()
            _give_back(there, state.rows(start, stop))
            return losses

        return torch.cat(each(self.sites, len(state.members), run, self.tuning))

    def gradient(self, state: State, index: Tensor | Batch, player: str | None = None) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        assert isinstance(index, Tensor)  # `supports`

        def run(site: Site[Plan], start: int, stop: int) -> tuple[Tensor, Tensor]:
            there = _lent(site, state.rows(start, stop))
            losses, gradient = site.plan.gradient(there, index[start:stop])
            _give_back(there, state.rows(start, stop))  # running statistics may have moved
            return losses.cpu(), gradient.cpu()

        losses, gradients = zip(*each(self.sites, len(state.members), run, self.tuning), strict=True)
        return torch.cat(losses), torch.cat(gradients)

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Plan.forward`."""
        return forward_on(self.sites, state, inputs, spec=self.work.view.spec, tuning=self.tuning)


def _lent(site: Site[Plan], part: State) -> State:
    """A copy there; its counts of steps too are its own."""
    return replace(site.moved(part), steps=part.steps.clone())


def _give_back(there: State, here: State) -> None:
    """What has changed there is so here too."""
    for old, new in zip(_tensors(here), _tensors(there), strict=True):
        old.copy_(new)


def _tensors(state: State) -> Iterator[Tensor]:
    yield from (state.theta, *state.slots.values(), *state.buffers.values(), state.steps)
