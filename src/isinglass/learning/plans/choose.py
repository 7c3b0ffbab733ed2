"""Which plan runs a work: a short measurement on copies, remembered on disk so that a machine decides once.

What is measured is speed only; every plan gives the same numbers up to rounding. Remembering the answer makes a
study's numbers equal from run to run on the same machine.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from isinglass.data.download import cache_folder
from isinglass.errors import TrainingError
from isinglass.learning.batches import Batches
from isinglass.learning.plans import PLANS
from isinglass.learning.plans.compiled import is_warm
from isinglass.learning.plans.plan import Plan, State, Tuning, Work
from isinglass.recipe import LearningRecipe

BUDGET = 0.3
"""Seconds that the whole measurement may take, roughly: warm-up calls come on top."""
CACHE_BYTES = 1 << 20
"""What a chunk of members may occupy: about one core's second-level cache."""
LARGE = 1 << 22
"""Rows times weights from which threads inside an operation may pay."""
WORTH_MEASURING = 20_000
"""Steps times members below which a run is over before a measurement pays."""


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
    if len(candidates) == 1 or steps * len(state.members) < WORTH_MEASURING:
        return PlanReport(PLANS[candidates[0][0]](work, candidates[0][1]), candidates[0][1], {}, refused)
    memory = _Memory(work, state, batches, candidates)
    timings = memory.recall() or memory.keep(_measure(work, state, batches, candidates))
    name, tuning = candidates[min(range(len(candidates)), key=lambda i: timings[i])]
    labels = [f"{n} chunk={t.chunk} threads={t.threads} {t.precision}" for n, t in candidates]
    return PlanReport(PLANS[name](work, tuning), tuning, dict(zip(labels, timings, strict=True)), refused)


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
    return [(name, t) for name in able for t in _tunings(name, work, state, batches, recipe)], refused


def _reason(name: str, work: Work, recipe: LearningRecipe) -> str | None:
    """Why a plan is out of the question, or None. Nobody waits for a compiler who has not asked for it."""
    reason = PLANS[name].supports(work)
    if reason is None and name == "compiled" and recipe.plan == "auto" and not is_warm(work.dtype):
        return "its kernel is not compiled yet"
    return reason


def for_prediction(work: Work) -> Plan:
    """The quickest plan for predictions that can run a machine here and now: the same for a model just trained and
    for one read from a file, so that both answer to the bit alike."""
    order = [name for name in PLANS if name != "compiled" or is_warm(work.dtype)]
    name = next(name for name in order if PLANS[name].supports(work) is None)
    precision = "float64" if work.dtype is torch.float64 else "float32"
    return PLANS[name](work, Tuning(threads=processors(LearningRecipe()), precision=precision))


def rebuild(work: Work, name: str, tuning: Tuning) -> PlanReport:
    """The report of a choice made earlier, as a resumed run needs it."""
    return PlanReport(PLANS[name](work, tuning), tuning, {}, {})


def processors(recipe: LearningRecipe) -> int:
    """Threads that may be used: the recipe's, or the processors this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return recipe.threads or (len(affinity(0)) if affinity else os.cpu_count() or 1)


def _tunings(name: str, work: Work, state: State, batches: Batches, recipe: LearningRecipe) -> Iterator[Tuning]:
    precision = "float64" if work.dtype is torch.float64 else "float32"
    precision = "bfloat16" if recipe.precision == "bfloat16" else precision
    members, threads = len(state.members), processors(recipe)
    large = _rows(work, batches) * work.layout.size > LARGE
    if name != "stacked":
        yield Tuning(0, threads if large or name == "compiled" else 1, precision)
        return
    fair, small = -(-members // threads), fits(work, batches)
    for size in sorted({min(fair, small), min(fair, 4 * small), fair}, reverse=True):
        yield Tuning(size, threads if members > size else 1, precision)
    if threads > 1 and large:
        yield Tuning(0, threads, precision)


def _rows(work: Work, batches: Batches) -> int:
    return batches.batch if isinstance(batches.batch, int) else work.problem.nominal or work.problem.samples


def fits(work: Work, batches: Batches) -> int:
    """Members whose weights, gradients, optimizer memory and activations fit the cache together, at least 1."""
    widths = sum(slot.shape[0] for slot in work.layout.slots)
    values = 4 * work.layout.size + 3 * _rows(work, batches) * widths
    return max(1, CACHE_BYTES // (values * work.dtype.itemsize))


def _measure(work: Work, state: State, batches: Batches, candidates: list[tuple[str, Tuning]]) -> list[float]:
    """Microseconds a step and member of each candidate."""
    share = BUDGET / len(candidates)
    return [_time(PLANS[name](work, tuning), state, batches, share) for name, tuning in candidates]


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


def _kernel(candidates: list[tuple[str, Tuning]]) -> str:
    """The state of the compiled plan's source where it is a candidate: timings of another do not count."""
    if all(name != "compiled" for name, _ in candidates):
        return ""
    from isinglass.learning.plans.kernel.doors import digest

    return digest()


class _Memory:
    """Timings of earlier runs, in the cache folder, by everything that they depend on."""

    def __init__(self, work: Work, state: State, batches: Batches, candidates: list[tuple[str, Tuning]]) -> None:
        parts = (
            repr(work.machine), work.layout, work.optimizer, work.dtype, work.clip, len(work.penalties),
            work.problem.loss.name, work.problem.inputs.shape[1], batches.batch, len(state.members),
            candidates, torch.__version__, platform.processor(), platform.node(), _kernel(candidates),
        )  # fmt: skip
        self.key = hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
        self.path = Path(cache_folder()) / "plans" / f"{self.key}.json"

    def recall(self) -> list[float] | None:
        """The timings, if they were measured before."""
        try:
            return json.loads(self.path.read_text())
        except (OSError, ValueError):
            return None

    def keep(self, timings: list[float]) -> list[float]:
        """Remember the timings; a cache that cannot be written costs the next run a measurement, no more."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self.path.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(timings))
            os.replace(temporary, self.path)
        except OSError:
            pass
        return timings
