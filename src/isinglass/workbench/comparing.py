"""The conventional methods of a study, each announced before it begins, with the time that is left."""

from __future__ import annotations

import time
from collections.abc import Generator

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.evaluation.baselines import (
    TIMED,
    BaselineRun,
    FailedRun,
    expected,
    remaining,
    run_all,
    run_timed,
)
from isinglass.recipe import Recipe
from isinglass.workbench.events import Comparing
from isinglass.workbench.scoring import baseline_names, baselines_for

REST = 5.0
"""Seconds for calibrating, explaining and writing a report."""


def run_baselines(
    dataset: Dataset, splits: Splits, recipe: Recipe, threads: int
) -> Generator[Comparing, None, tuple[BaselineRun | FailedRun, ...]]:
    """Fit the recipe's conventional methods on the same training rows; one that fails ends nothing.

    Those that need no fit (of tables with time) take no time and are not announced.
    """
    names, seed, level = baseline_names(recipe, dataset), recipe.learning.seed, recipe.evaluation.coverage
    methods, start = baselines_for(dataset), time.perf_counter()
    times = expected(methods, names, dataset, splits)
    plain = tuple(name for name in names if name not in TIMED)
    runs = run_all(methods, plain, dataset, splits, coverage=level, seed=seed, threads=threads)
    found = []
    for number, name in enumerate(times):
        left = remaining(times, number, time.perf_counter() - start)
        yield Comparing(methods[name].title, number + 1, len(times), left)
        found.append(next(runs))
    return (*found, *run_timed(names, dataset, splits, coverage=level))


def seconds_after_training(dataset: Dataset, splits: Splits, recipe: Recipe) -> float:
    """What follows the training: conventional methods, explanations and the report, roughly."""
    return sum(expected(baselines_for(dataset), baseline_names(recipe, dataset), dataset, splits).values()) + REST
