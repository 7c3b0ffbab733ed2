"""Which plan runs a work: a short measurement on copies, remembered on disk so that a machine decides once.

What is measured is speed only; every plan gives the same numbers up to rounding. Remembering the answer makes a
study's numbers equal from run to run on the same machine.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from math import isinf

import torch

from isinglass.errors import TrainingError
from isinglass.learning.batches import Batches
from isinglass.learning.plans import PLANS, make
from isinglass.learning.plans.compiled import is_warm
from isinglass.learning.plans.devices import devices_of
from isinglass.learning.plans.placed import PlacedPlan
from isinglass.learning.plans.plan import Plan, State, Tuning, Work
from isinglass.learning.plans.timings import Timings
from isinglass.recipe import LearningRecipe

BUDGET = 0.3
"""Seconds that the whole measurement may take, roughly: warm-up calls come on top."""
CACHE_BYTES = 1 << 20
"""What a chunk of members may occupy: about one core's second-level cache."""
LARGE = 1 << 22
"""Rows times weights from which threads inside an operation may pay."""
WORTH_MEASURING = 20_000
"""Steps times members below which a run is over before a measurement pays."""
IMAGES_BUDGET = 0.6
"""The budget for images: seconds for a step are not rare, and half precision can be three times as fast."""
IMAGES_WORTH = 40
"""Steps times members, for images."""
BUSY = 1.5
"""Others compute beside us from so many waiting programs a processor on: one run of our own makes it 1."""
PROBE = 8
"""Images of the very first step, which tells how many more the budget allows."""


@dataclass(frozen=True)
class PlanReport:
    """What was chosen, and on what grounds.

    Attributes:
        plan: ready to run.
        tuning: chunk, threads, precision.
        timings: microseconds a step and member, by candidate; empty if nothing was measured.
        refused: plans that cannot run this, and why.
    """

    plan: Plan
    tuning: Tuning
    timings: dict[str, float]
    refused: dict[str, str]

    @property
    def name(self) -> str:
        """The plan's name."""
        return self.plan.name

    @property
    def broken(self) -> tuple[str, ...]:
        """Candidates that failed when they were measured, and why."""
        return tuple(
            f"{label}: {self.refused.get(label, 'it failed')}" for label in self.timings if isinf(self.timings[label])
        )

    def to_json(self) -> dict[str, object]:
        """For the record: plan, tuning, timings, refusals."""
        return {
            "plan": self.name,
            "tuning": asdict(self.tuning),
            "timings": self.timings,
            "refused": self.refused,
        }


def choose(work: Work, state: State, batches: Batches, recipe: LearningRecipe, *, steps: int) -> PlanReport:
    """Choose a plan.

    Args:
        work: what is to be learnt.
        state: all members; not changed.
        batches: for rows to measure with.
        recipe: `plan`, `precision` and `threads` may force the choice.
        steps: optimizer steps of the whole run.

    Raises:
        TrainingError: if the plan that is asked for cannot run this work.
    """
    candidates, refused = _candidates(work, state, batches, recipe)
    worth = IMAGES_WORTH if work.problem.images else WORTH_MEASURING
    if len(candidates) == 1 or steps * len(state.members) < worth:
        return PlanReport(make(candidates[0][0], work, candidates[0][1]), candidates[0][1], {}, refused)
    memory = Timings(work, state, batches, candidates, busy=load() > BUSY * available())
    timings = memory.recall() or memory.keep(_measure(work, state, batches, candidates, refused))
    name, tuning = candidates[min(range(len(candidates)), key=lambda i: timings[i])]
    labels = [_label(name, tuning, images=work.problem.images) for name, tuning in candidates]
    return PlanReport(make(name, work, tuning), tuning, dict(zip(labels, timings, strict=True)), refused)


def _label(name: str, tuning: Tuning, *, images: bool) -> str:
    where = ",".join(tuning.devices) or f"chunk={tuning.chunk} threads={tuning.threads}"
    return f"{name} {where} {tuning.precision}" + (f" {tuning.layout}" if images else "")


def _candidates(
    work: Work, state: State, batches: Batches, recipe: LearningRecipe
) -> tuple[list[tuple[str, Tuning]], dict[str, str]]:
    """Plans and tunings that can run the work, and the plans that cannot, with the reason."""
    names = list(PLANS) if recipe.plan == "auto" else [recipe.plan]
    refused = {name: reason for name in names if (reason := _reason(name, work, recipe))}
    able = [name for name in names if name not in refused]
    if not able:
        raise TrainingError(
            f"the plan '{recipe.plan}' cannot run this: {refused[recipe.plan]}",
            where="learning.plan",
            instead="plan = 'auto'",
        )
    if "stacked" in able:  # vmap over the same products is never faster than the stack itself
        able = [name for name in able if name != "vmapped"]
    placed = list(_placed(able, work, recipe, refused))
    if placed and recipe.device != "auto":
        return placed, refused
    return [*((name, t) for name in able for t in _tunings(name, work, state, batches, recipe)), *placed], refused


def _placed(
    able: list[str], work: Work, recipe: LearningRecipe, refused: dict[str, str]
) -> Iterator[tuple[str, Tuning]]:
    """The same on accelerators, all of the recipe's or none."""
    devices, precision = devices_of(recipe), _precision(work, recipe)
    names = [name for name in able if name != "compiled"]
    if not devices:
        return
    reason = PlacedPlan.supports(work) if names else "the compiled plan is the processor's"
    if reason is not None:
        refused[",".join(devices)] = reason
        if recipe.device != "auto":
            cure = "device = 'auto'"
            raise TrainingError(reason, where="learning.device", given=recipe.device, instead=cure)
        return
    free = work.problem.images and recipe.precision == "auto" and precision == "float32"
    for name in names:
        for each in (precision, "bfloat16") if free else (precision,):
            yield name, Tuning(threads=processors(recipe), precision=each, devices=devices)


def _reason(name: str, work: Work, recipe: LearningRecipe) -> str | None:
    """Why a plan is out of the question, or None. Nobody waits for a compiler who has not asked for it."""
    reason = PLANS[name].supports(work)
    if reason is None and name == "compiled" and recipe.plan == "auto" and not is_warm(work.dtype):
        return "its kernel is not compiled yet"
    return reason


def for_prediction(work: Work, devices: tuple[str, ...] = ()) -> Plan:
    """The quickest plan for predictions that can run a machine here and now: the same for a model just trained and
    for one read from a file, so that both answer to the bit alike. Images are shown to the devices, where there are
    any."""
    order = [name for name in PLANS if name != "compiled" or is_warm(work.dtype)]
    name = next(name for name in order if PLANS[name].supports(work) is None)
    precision = "float64" if work.dtype is torch.float64 else "float32"
    devices = devices if work.problem.images else ()
    return make(name, work, Tuning(threads=processors(LearningRecipe()), precision=precision, devices=devices))


def rebuild(work: Work, name: str, tuning: Tuning) -> PlanReport:
    """The report of a choice made earlier, as a resumed run needs it."""
    return PlanReport(make(name, work, tuning), tuning, {}, {})


def load() -> float:
    """Programs that wait for a processor, a mean over the last minute; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def available() -> int:
    """Processors that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def processors(recipe: LearningRecipe) -> int:
    """Threads that are used: the recipe's, but no more than there are processors."""
    return min(recipe.threads or available(), available())


def surplus(recipe: LearningRecipe) -> str | None:
    """What to say of a recipe with more threads than processors; None for others."""
    if recipe.threads <= available():
        return None
    return (
        f"learning.threads = {recipe.threads}, but there are {available()} processors: so many threads are used, since "
        "more would only wait for one another"
    )


def _tunings(name: str, work: Work, state: State, batches: Batches, recipe: LearningRecipe) -> Iterator[Tuning]:
    members, threads, precision = len(state.members), processors(recipe), _precision(work, recipe)
    if work.problem.images:
        yield from _tunings_of_images(members, threads, precision, free=recipe.precision == "auto")
        return
    large = _rows(work, batches) * work.layout.size > LARGE
    if name != "stacked":
        yield Tuning(0, threads if large or name == "compiled" else 1, precision)
        return
    fair, small = -(-members // threads), fits(work, batches)
    for size in sorted({min(fair, small), min(fair, 4 * small), fair}, reverse=True):
        yield Tuning(size, threads if members > size else 1, precision)
    if threads > 1 and large:
        yield Tuning(0, threads, precision)


def _precision(work: Work, recipe: LearningRecipe) -> str:
    if recipe.precision == "bfloat16":
        return "bfloat16"
    return "float64" if work.dtype is torch.float64 else "float32"


def _tunings_of_images(members: int, threads: int, precision: str, *, free: bool) -> Iterator[Tuning]:
    """Threads inside operations, a member for each, or just one (on a busy machine threads that wait for each other
    cost a hundred times what they bring); and where it is free the precision. Channels first are never quicker."""
    alone = Tuning(1, threads, precision) if members >= threads else Tuning(0, 1, precision)
    ways = [Tuning(0, threads, precision), *([alone] if threads > 1 else [])]
    yield from ways
    if free and precision == "float32":
        yield from (replace(way, precision="bfloat16") for way in ways)


def _rows(work: Work, batches: Batches) -> int:
    return batches.batch if isinstance(batches.batch, int) else work.problem.nominal or work.problem.samples


def fits(work: Work, batches: Batches) -> int:
    """Members whose weights, gradients, optimizer memory and activations fit the cache together, at least 1."""
    widths = sum(slot.shape[0] for slot in work.layout.slots)
    values = 4 * work.layout.size + 3 * _rows(work, batches) * widths
    return max(1, CACHE_BYTES // (values * work.dtype.itemsize))


def _measure(
    work: Work, state: State, batches: Batches, candidates: list[tuple[str, Tuning]], refused: dict[str, str]
) -> list[float]:
    """Microseconds a step and member of each candidate; infinite, with the reason among the refusals, for a device
    that breaks down: nobody has asked for it, and the processor is always there."""
    time_one = _timer_of_images(work, state, batches, candidates) if work.problem.images else _timer(state, batches)
    budget, timings = (IMAGES_BUDGET if work.problem.images else BUDGET) / len(candidates), []
    for name, tuning in candidates:
        try:
            timings.append(time_one(make(name, work, tuning), budget))
        except (RuntimeError, TrainingError) as error:
            if not tuning.devices:
                raise
            refused[_label(name, tuning, images=work.problem.images)] = str(error).partition("\n")[0]
            timings.append(float("inf"))
    return timings


def _timer(state: State, batches: Batches) -> Callable[[Plan, float], float]:
    return lambda plan, budget: _time(plan, state, batches, budget)


def _time(plan: Plan, state: State, batches: Batches, budget: float) -> float:
    if plan.name == "looped":  # members cost the same one by one: a few are enough
        state = state.take(torch.arange(min(2, len(state.members))))
    copy, steps, spent, best = state.clone(), 1, -1.0, float("inf")
    while spent < budget:
        index = batches.take(state.members, 0, steps)
        rates = torch.full((steps, len(state.members)), 1e-6, dtype=state.theta.dtype)
        start = time.perf_counter()
        plan.advance(copy, index, rates)
        seconds = time.perf_counter() - start
        best = min(best, seconds / steps)
        # The first call warms up (libraries, compilation): it is outside the budget, and never the best.
        spent, steps = max(spent, 0.0) + seconds * (spent >= 0), min(2 * steps, 64)
    return best / len(state.members) * 1e6


def _timer_of_images(
    work: Work, state: State, batches: Batches, candidates: list[tuple[str, Tuning]]
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
    return lambda plan, budget: _step(plan, few.clone(), index, budget)


def _step(plan: Plan, state: State, index: torch.Tensor, budget: float) -> float:
    """Microseconds a step and member, of a plan that has warmed up."""
    rates, spent, best = torch.full((1, len(state.members)), 1e-6, dtype=state.theta.dtype), -1.0, float("inf")
    while spent < budget:
        start = time.perf_counter()
        plan.advance(state, index, rates)
        seconds = time.perf_counter() - start
        best, spent = min(best, seconds), spent + seconds if spent >= 0 else 0.0
    return best / len(state.members) * 1e6
