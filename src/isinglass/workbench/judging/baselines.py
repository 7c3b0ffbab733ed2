"""The conventional methods of a study, each announced before it begins, with the time that is left."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace

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
from isinglass.spec import Role
from isinglass.workbench.events import Comparing
from isinglass.workbench.judging.scoring import baseline_names, baselines_for

SHORTENED = (
    "one third of them, held out once, tells settings and spread of the slower methods; a forest has 64 trees on "
    "columns in 256 bins"
)
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
    found = _with_what_was_shortened(found, splits, {name: getattr(methods[name], "once", 0) for name in times})
    return (*found, *run_timed(names, dataset, splits, coverage=level))


def seconds_after_training(dataset: Dataset, splits: Splits, recipe: Recipe) -> float:
    """What follows the training: conventional methods, explanations and the report, roughly."""
    return sum(expected(baselines_for(dataset), baseline_names(recipe, dataset), dataset, splits).values()) + REST


def _with_what_was_shortened(
    runs: list[BaselineRun | FailedRun], splits: Splits, once: dict[str, int]
) -> list[BaselineRun | FailedRun]:
    """With a note where some methods saw more rows than the number in `once`, and were spared some work."""
    most = int((splits.role == Role.TRAIN).sum(axis=1).max())
    short = [run for run in runs if isinstance(run, BaselineRun) and 0 < once[run.name] < most]
    if not short:
        return runs
    least, titles = min(once[run.name] for run in short), ", ".join(run.title for run in short)
    note = f"more than {least:,} training rows: {SHORTENED} ({titles})"
    return [replace(run, notes=(*run.notes, note)) if run is short[-1] else run for run in runs]
