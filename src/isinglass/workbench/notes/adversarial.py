"""Adversarial training: for which studies it can be had, and what it costs."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import torch

from isinglass.data.dataset import Dataset
from isinglass.errors import RecipeError
from isinglass.learning.plans.looped import LoopedPlan
from isinglass.learning.plans.plan import Work
from isinglass.learning.solvers import SOLVERS
from isinglass.learning.training import Training
from isinglass.recipe import Recipe

REPEATS = 5


def require_attackable(recipe: Recipe, dataset: Dataset) -> None:
    """Raises RecipeError where inputs cannot be changed a little, or are not learnt from batch by batch."""
    if not recipe.learning.adversarial:
        return
    fixed = [feature.column for feature in dataset.schema.features if feature.kind not in ("numeric", "cyclic")]
    if fixed:
        raise RecipeError(
            "adversarial training changes every input a little, and categories or marks of missing cells cannot be",
            where="learning.adversarial",
            given=f"column '{fixed[0]}'",
            instead="leave the column out, fill its gaps, or learning.adversarial = 0",
        )
    if recipe.learning.optimizer.kind in SOLVERS:
        raise RecipeError(
            "adversarial training needs an optimizer that learns from batches",
            where="learning.adversarial",
            given=f"optimizer '{recipe.learning.optimizer.kind}'",
            instead="learning.optimizer.kind = 'adam'",
        )


def cost_of(training: Training) -> str:
    """What a step costs with and without, measured on one network, in words; nothing where there is no attack."""
    work = training.work
    if not work.adversarial:
        return ""
    plain, attacked = (_seconds(replace(work, adversarial=size), training) for size in (0.0, work.adversarial))
    words = f"a step takes {attacked / plain:.1f} times as long ({1e3 * attacked:.3g} ms against {1e3 * plain:.3g} ms)"
    return f"adversarial training with changes of {work.adversarial:g}: {words}"


def _seconds(work: Work, training: Training) -> float:
    """The median time of one network's gradient."""
    plan = LoopedPlan(work, training.report.tuning)
    one = training.initial.clone().take(torch.arange(1))
    index = training.batches.take(one.members, 0, 1)[:, 0]
    plan.gradient(one, index)
    return statistics.median(_timed(lambda: plan.gradient(one, index)) for _ in range(REPEATS))


def _timed(run) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
