"""How quick each candidate is: a few steps of it, on copies of some members."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import torch

from isinglass.errors import TrainingError
from isinglass.learning.batches import Batches
from isinglass.learning.plans import make
from isinglass.learning.plans.device_plan import PlacedPlan
from isinglass.learning.plans.devices import let_go
from isinglass.learning.plans.graphs import WARM
from isinglass.learning.plans.plan import Plan, State, Tuning, Work
from isinglass.learning.plans.selection.candidates import Candidate
from isinglass.spec import Spec

BUDGET = 0.3
"""Seconds that the whole measurement may take, roughly: warm-up calls come on top."""
IMAGES_BUDGET = 0.6
"""The budget for images: seconds for a step are not rare, and half precision can be three times as fast."""
STEPS = WARM + 2
"""Whole batches that an accelerator is measured on at a time: two of them are recorded steps, if any."""
PROBE = 8
"""Images of the very first step, which tells how many more the budget allows."""


def label_of(name: str, tuning: Tuning, spec: Spec) -> str:
    where = ",".join(tuning.devices) or f"chunk={tuning.chunk} threads={tuning.threads}"
    where += " graph" * tuning.graph
    return f"{name} {where} {tuning.precision}" + ("" if spec.flat else f" {tuning.layout}")


def measure(
    work: Work, state: State, batches: Batches, candidates: list[Candidate], refused: dict[str, str]
) -> list[float]:
    """Microseconds a step and member of each candidate; infinite, with the reason among the refusals, for a device
    that breaks down: nobody has asked for it, and the processor is always there."""
    images = not work.view.spec.flat
    time_one = _timer_of_images(work, state, batches, candidates) if images else partial(_time, state, batches)
    budget, timings = (IMAGES_BUDGET if images else BUDGET) / len(candidates), []
    for name, tuning in candidates:
        try:
            timings.append(time_one(make(name, work, tuning), budget))
            let_go(tuning.devices)
        except (RuntimeError, TrainingError) as error:
            if not tuning.devices:
                raise
            refused[label_of(name, tuning, work.view.spec)] = str(error).partition("\n")[0]
            timings.append(float("inf"))
    return timings


def _time(state: State, batches: Batches, plan: Plan, budget: float) -> float:
    if plan.name == "looped":  # members cost the same one by one: a few are enough
        state = state.take(torch.arange(min(2, len(state.members))))
    steps = STEPS if isinstance(plan, PlacedPlan) else 1
    copy, spent, best = state.clone(), -1.0, float("inf")
    while spent < budget:
        index = batches.take(state.members, 0, steps)
        rates = torch.full((steps, len(state.members)), 1e-6, dtype=state.theta.dtype)
        start = time.perf_counter()
        plan.advance(copy, index, rates)
        seconds = time.perf_counter() - start
        best = min(best, seconds / steps)
        # The first call warms up (libraries, compilation, recording): it is outside the budget, and never the best.
        spent, steps = max(spent, 0.0) + seconds * (spent >= 0), min(2 * steps, 64)
    return best / len(state.members) * 1e6


def _timer_of_images(
    work: Work, state: State, batches: Batches, candidates: list[Candidate]
) -> Callable[[Plan, float], float]:
    """The same for images, on as much of a batch as the budget allows: a part of a large batch tells as much."""
    most = max(len(t.devices) or (t.threads if t.chunk else 1) for _, t in candidates)
    few = state.take(torch.arange(min(most, len(state.members))))
    index = batches.take(few.members, 0, 1)
    share = IMAGES_BUDGET / len(candidates)
    first, start = make(candidates[0][0], work, candidates[0][1]), time.perf_counter()
    first.advance(few.clone(), index[:, :, :PROBE], torch.full((1, len(few.members)), 1e-6, dtype=few.theta.dtype))
    seconds = (time.perf_counter() - start) / PROBE / len(few.members)
    index = index[:, :, : max(PROBE, int(share / seconds / 2))]
    whole = batches.take(few.members, 0, STEPS)

    def time_one(plan: Plan, budget: float) -> float:
        # Eight images cost an accelerator what a hundred do, and a state there and back more than a step.
        return _per_image(plan, few.clone(), whole if isinstance(plan, PlacedPlan) else index, budget) * index.shape[2]

    return time_one


def _per_image(plan: Plan, state: State, index: torch.Tensor, budget: float) -> float:
    """Microseconds an image and member, of a plan that has warmed up."""
    steps, images = index.shape[1:]
    rates, spent, best = torch.full((steps, len(state.members)), 1e-6, dtype=state.theta.dtype), -1.0, float("inf")
    while spent < budget:
        start = time.perf_counter()
        plan.advance(state, index, rates)
        seconds = time.perf_counter() - start
        best, spent = min(best, seconds), spent + seconds if spent >= 0 else 0.0
    return best / (steps * images * len(state.members)) * 1e6
