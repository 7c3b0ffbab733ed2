"""The conventional methods of a study, each announced before it begins, with the time that is left."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.evaluation.baselines import (
    BASELINES,
    BaselineRun,
    FailedRun,
    expected,
    remaining,
    run_all,
    run_timed,
)
from isinglass.evaluation.baselines.aside import Aside
from isinglass.learning.plans.threads import available, processors
from isinglass.recipe import Recipe
from isinglass.spec import Role
from isinglass.workbench.events import Comparing
from isinglass.workbench.judging.scoring import baseline_names, baselines_for, is_combined

SHORTENED = (
    "one third of them, held out once, tells settings and spread of the slower methods; a forest has 64 trees on "
    "columns in 256 bins"
)
REST = 5.0
"""Seconds for calibrating, explaining and writing a report."""


WORTH = 3.0
"""Seconds of work from which on a process of its own, whose start takes one, is worth while."""
LARGE = 64 << 20
"""Bytes of rows above which they are not copied to another process: both would stand in memory at once, each with its
rows (a million of 20 columns are 80 MB) and with all that is imported."""


@contextmanager
def set_aside(dataset: Dataset, splits: Splits, recipe: Recipe) -> Iterator[Aside | None]:
    """The conventional methods of a table, to be begun in a process of their own while the network learns; None where
    no processor is free for them, or where they are done sooner than that process has started."""
    seconds = seconds_after_training(dataset, splits, recipe) - REST
    table = baselines_for(dataset) is BASELINES and dataset.inputs.nbytes <= LARGE
    if not table or seconds < WORTH or available() < 2:
        yield None
        return
    names, options = _fitted(recipe, dataset), _options(recipe, processors(recipe.learning))
    aside = Aside(names, dataset, splits, kept=is_combined(recipe), **options)
    try:
        yield aside
    finally:
        aside.close()


def run_baselines(
    dataset: Dataset, splits: Splits, recipe: Recipe, threads: int, aside: Aside | None = None
) -> Generator[Comparing, None, tuple[BaselineRun | FailedRun, ...]]:
    """Fit the recipe's conventional methods on the same training rows; one that fails ends nothing.

    Those that need no fit (of tables with time) take no time and are not announced.

    Args:
        dataset: the rows.
        splits: their parts.
        recipe: of the study.
        threads: the most that are used.
        aside: where the methods have begun already (see `set_aside`); what it leaves undone is done here.
    """
    methods, start = baselines_for(dataset), time.perf_counter()
    times = expected(methods, baseline_names(recipe, dataset), dataset, splits)
    found = []
    for number, name in enumerate(times):
        left = remaining(_unfinished(times, aside), number, time.perf_counter() - start)
        yield Comparing(methods[name].title, number + 1, len(times), left)
        answer = None if aside is None else aside.take()
        answer = answer or next(run_all(methods, (name,), dataset, splits, **_options(recipe, threads)))
        found.append(_lasting(answer, recipe))
    found = _with_what_was_shortened(found, splits, {name: getattr(methods[name], "once", 0) for name in times})
    timed = run_timed(baseline_names(recipe, dataset), dataset, splits, coverage=recipe.evaluation.coverage)
    return (*found, *timed)


def _lasting(run: BaselineRun | FailedRun, recipe: Recipe) -> BaselineRun | FailedRun:
    """What stays of a method: a forest of many rows is as large as the table, and only a combination asks it again."""
    return run if isinstance(run, FailedRun) or is_combined(recipe) else replace(run, fitted=())


def seconds_after_training(dataset: Dataset, splits: Splits, recipe: Recipe, aside: Aside | None = None) -> float:
    """What follows the training: conventional methods that are not done by then, explanations and the report,
    roughly."""
    times = expected(baselines_for(dataset), baseline_names(recipe, dataset), dataset, splits)
    return sum(_unfinished(times, aside).values()) + REST


def _unfinished(times: dict[str, float], aside: Aside | None) -> dict[str, float]:
    """The seconds of each method, 0 of those that are done."""
    done = frozenset() if aside is None else aside.arrived
    return {name: 0.0 if name in done else seconds for name, seconds in times.items()}


def _fitted(recipe: Recipe, dataset: Dataset) -> tuple[str, ...]:
    """Keys of the methods that are fitted, in the registry's order."""
    names, methods = baseline_names(recipe, dataset), baselines_for(dataset)
    return tuple(name for name in methods if name in names and dataset.schema.task in methods[name].tasks)


def _options(recipe: Recipe, threads: int) -> dict[str, Any]:
    return {"coverage": recipe.evaluation.coverage, "seed": recipe.learning.seed, "threads": threads}


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
