"""Plans and tunings that could run a work: on the processor, and on the devices that the recipe means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import torch

from isinglass.errors import TrainingError
from isinglass.learning.batches import Batches
from isinglass.learning.plans import PLANS
from isinglass.learning.plans.compiled import is_warm
from isinglass.learning.plans.device_plan import PlacedPlan
from isinglass.learning.plans.devices import devices_of
from isinglass.learning.plans.graphs import recordable
from isinglass.learning.plans.plan import State, Tuning, Work
from isinglass.learning.plans.threads import processors
from isinglass.recipe import LearningRecipe

CACHE_BYTES = 1 << 20
"""What a chunk of members may occupy: about one core's second-level cache."""
LARGE = 1 << 22
"""Rows times weights from which threads inside an operation may pay."""

PASSES = 6
"""Operations a row and weight: forward and twice backward, each a product and a sum."""
HERE = ("closed_form", "perceptron")
"""Solvers that take no steps of a plan."""
RECORDED = ("stacked", "looped")
"""Plans whose steps can be recorded."""
DEVICE_PAYS = 3e12
"""Operations of a table's run below which no accelerator is tried: some ten seconds of two processors, an estimate of
what waking one takes; it was measured on none."""

Candidate = tuple[str, Tuning]
"""The name of a plan, and how it would run."""


def candidates_for(
    work: Work, state: State, batches: Batches, recipe: LearningRecipe, *, steps: int
) -> tuple[list[Candidate], dict[str, str]]:
    """Plans and tunings that can run the work, and the plans that cannot, with the reason."""
    cost = PASSES * steps * len(state.members) * _rows(work, batches) * work.layout.size
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
    placed = list(_placed(able, work, recipe, refused)) if recipe.device != "auto" or _pays(work, cost) else []
    if placed and recipe.device != "auto":
        return placed, refused
    return [*((name, t) for name in able for t in _tunings(name, work, state, batches, recipe)), *placed], refused


def _placed(able: list[str], work: Work, recipe: LearningRecipe, refused: dict[str, str]) -> Iterator[Candidate]:
    """The same on the recipe's accelerators; where they were not asked for, also on the first alone: others may be
    slower."""
    devices, precision = devices_of(recipe), _precision(work, recipe)
    names = [name for name in able if name != "compiled"]
    if not devices:
        return
    reason = PlacedPlan.supports(work) if names else "the compiled plan is the processor's"
    if recipe.optimizer.kind in HERE:
        reason = f"the solver '{recipe.optimizer.kind}' computes on the processor"
    if reason is not None:
        refused[",".join(devices)] = reason
        if recipe.device != "auto":
            cure = "device = 'auto'"
            raise TrainingError(reason, where="learning.device", given=recipe.device, instead=cure)
        return
    free = not work.view.spec.flat and recipe.precision == "auto" and precision == "float32"
    shares = (devices, devices[:1]) if len(devices) > 1 and recipe.device == "auto" else (devices,)
    precisions, graphs = (precision, "bfloat16") if free else (precision,), recordable(work, devices)
    for name, share, each in product(names, shares, precisions):
        tuning = Tuning(threads=processors(recipe), precision=each, devices=share)
        yield from (
            (name, replace(tuning, graph=graph)) for graph in (False, True)[: 1 + (graphs and name in RECORDED)]
        )


def _pays(work: Work, cost: float) -> bool:
    return not work.view.spec.flat or cost >= DEVICE_PAYS


def _reason(name: str, work: Work, recipe: LearningRecipe) -> str | None:
    """Why a plan is out of the question, or None. Nobody waits for a compiler who has not asked for it."""
    reason = PLANS[name].supports(work)
    if reason is None and name == "compiled" and recipe.plan == "auto" and not is_warm(work.dtype):
        return "its kernel is not compiled yet"
    return reason


def _tunings(name: str, work: Work, state: State, batches: Batches, recipe: LearningRecipe) -> Iterator[Tuning]:
    members, threads, precision = len(state.members), processors(recipe), _precision(work, recipe)
    if not work.view.spec.flat:
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
    return batches.batch if isinstance(batches.batch, int) else work.rows.epoch


def fits(work: Work, batches: Batches) -> int:
    """Members whose weights, gradients, optimizer memory and activations fit the cache together, at least 1."""
    widths = sum(slot.shape[0] for slot in work.layout.slots)
    values = 4 * work.layout.size + 3 * _rows(work, batches) * widths
    return max(1, CACHE_BYTES // (values * work.dtype.itemsize))
