"""The steps of a plan on tensors alone: taken one by one, or recorded and replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from isinglass.learning.optimizers.rules import Runs
from isinglass.learning.plans.batching import Batch
from isinglass.learning.plans.plan import State, Work
from isinglass.learning.plans.update import Rate, Rates
from isinglass.learning.weight_averaging import follow

Step = Callable[[Batch, Rate], Tensor]
"""One step of some members, whose state it changes in place: a batch and their rates -> data loss [member] before it.
All that differs from step to step is in its arguments and in the state, so the same operations on the same memory are
the next step."""

MakeStep = Callable[[State, Runs], Step]
"""The step of a state's members, whose rates and counts are alike in `runs`."""


def from_feed(work: Work, state: State, steps: int) -> Iterator[Batch]:
    """The work's feed's batches of the coming steps; nothing where rows are told by their index."""
    first = int(state.steps[0])
    if work.feed is not None:
        yield from (work.feed.batch(state, first + k) for k in range(steps))


def take_steps(work: Work, state: State, make: MakeStep, batches: Iterable[Batch], rates: Rates) -> Tensor:
    """As many steps as there are batches; float64 `[member]`, the mean of the data losses."""
    step = make(state, rates.runs)
    total, first, count = state.theta.new_zeros(len(state.members), dtype=torch.float64), int(state.steps[0]), 0
    for count, batch in enumerate(batches, 1):
        total += step(batch, rates[count - 1])
        if work.average or work.lookahead:
            follow(state, first + count, average=work.average, lookahead=work.lookahead)
    return total / count
