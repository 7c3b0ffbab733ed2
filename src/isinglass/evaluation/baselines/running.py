"""Conventional methods on exactly the training and test rows that the network has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from isinglass.data.splits.splits import Splits
from isinglass.errors import RecipeError
from isinglass.evaluation.baselines.baseline import Baseline, Table
from isinglass.evaluation.baselines.fitting import Fitted, HeldOut, fit
from isinglass.evaluation.baselines.images.masks import MaskBaseline
from isinglass.evaluation.baselines.segmentation import LIMIT, outcome_of
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Role, Task

LARGE = 10_000
"""Tables with fewer rows are fitted with one thread."""

WHY = 90
"""Letters of the reason for which a method failed."""


@dataclass(frozen=True)
class BaselineRun:
    """What one method achieved.

    Attributes:
        name: key in `BASELINES`.
        title: its name in a sentence.
        outcome: its predictions for `rows`, in their order.
        rows: int64 [tested sample]: the rows that are TEST in some fold.
        seconds: time for fitting and predicting all folds.
        settings: the setting chosen in each fold, where there is a choice.
        notes: what the user should know.
        held: for each fold what the method said of training rows that its fit had not seen; rows are places in the
            data set. None for masks.
        fitted: the method as it was fitted in each fold; none for masks.
    """

    name: str
    title: str
    outcome: Outcome
    rows: np.ndarray
    seconds: float
    settings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    held: tuple[HeldOut, ...] = ()
    fitted: tuple[Fitted, ...] = ()


@dataclass(frozen=True)
class FailedRun:
    """A method that could not be fitted, or that predicts nothing finite: its row in the table says `why`."""

    name: str
    title: str
    why: str
    seconds: float

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know."""
        return (f"{self.title} failed ({self.why}): it has no scores, and the verdict leaves it out",)


def run(
    baseline: Baseline | MaskBaseline,
    dataset: Any,
    splits: Splits,
    *,
    coverage: float = 0.9,
    seed: int = 0,
    threads: int = 1,
) -> BaselineRun:
    """Fit a method on the TRAIN rows of each fold and predict its TEST rows.

    Args:
        baseline: the method.
        dataset: a Dataset (`inputs`, `targets`, `weights`, `schema`).
        splits: its division, the same as the network's.
        coverage: nominal coverage of the interval.
        seed: of everything drawn.
        threads: the most that are used, on images and on tables of 10,000 rows and more.
    """
    if isinstance(baseline, MaskBaseline):
        return _run_masks(baseline, dataset, splits, seed=seed, threads=threads)
    return _run_table(baseline, dataset, splits, coverage=coverage, seed=seed, threads=threads)


def _run_masks(baseline: MaskBaseline, dataset: Any, splits: Splits, *, seed: int, threads: int) -> BaselineRun:
    start = time.perf_counter()
    outcome, thinned = outcome_of(baseline, dataset, splits, seed=seed, threads=threads)
    notes = (f"{baseline.title} was fitted on {LIMIT} images, evenly spaced",) if thinned else ()
    return BaselineRun(baseline.name, baseline.title, outcome, splits.tested, time.perf_counter() - start, (), notes)


def _run_table(
    baseline: Baseline, dataset: Any, splits: Splits, *, coverage: float, seed: int, threads: int
) -> BaselineRun:
    from threadpoolctl import threadpool_limits

    start = time.perf_counter()
    table, rows = table_of(dataset), splits.tested
    predicted, std, half = (np.full((splits.role.shape[1], table.width), np.nan) for _ in range(3))
    done, held, thinned = [], [], 0
    # On small tables threads wait for each other longer than they work. On large ones trees and neighbours are shared
    # out whole; threads inside boosting's short loops wait in circles, on a busy machine for most of their time.
    images = not dataset.schema.spec.flat
    threads = threads if len(table) >= LARGE or images else 1
    with threadpool_limits(threads if images else 1):
        for role in splits.role:
            train, test = np.flatnonzero(role == Role.TRAIN), np.flatnonzero(role == Role.TEST)
            kept = _thinned(train, baseline.limit, seed)
            thinned = max(thinned, len(train) - len(kept))
            mine = table.take(kept)
            mine = replace(mine, inputs=baseline.prepare(mine.inputs))
            fitted = fit(baseline, mine, splits.units[kept], coverage=coverage, seed=seed, threads=threads)
            predicted[test] = fitted(baseline.prepare(table.inputs[test]))
            std[test], half[test] = _spread(fitted, table)
            done.append(fitted)
            held.append(fitted.held.placed(kept))
    outcome = _outcome(table, predicted[rows], std[rows], half[rows], rows=rows, units=splits.units, coverage=coverage)
    notes = (f"{baseline.title} was fitted on {baseline.limit} rows drawn at random",) if thinned else ()
    if baseline.lighter is not None and any(fitted.again for fitted in done):
        notes = (*notes, f"{baseline.title}: {baseline.lightened}")
    shown = tuple(baseline.settings[each.setting] for each in done) if len(baseline.settings) > 1 else ()
    return BaselineRun(
        name=baseline.name,
        title=baseline.title,
        outcome=outcome,
        rows=rows,
        seconds=time.perf_counter() - start,
        settings=shown,
        notes=notes,
        held=tuple(held),
        fitted=tuple(done),
    )


def run_all(
    baselines: Mapping[str, Baseline | MaskBaseline],
    names: tuple[str, ...],
    dataset: Any,
    splits: Splits,
    *,
    coverage: float = 0.9,
    seed: int = 0,
    threads: int = 1,
) -> Iterator[BaselineRun | FailedRun]:
    """One method after the other, simplest first as in the registry, so that progress can be shown; those that cannot
    predict what this data set asks for are left out, and one that fails is told without ending the others."""
    unknown = [name for name in names if name not in baselines]
    if unknown:
        raise RecipeError("unknown baseline", where="evaluation.baselines", given=unknown[0], allowed=list(baselines))
    for name in baselines:
        if name in names and dataset.schema.task in baselines[name].tasks:
            method = baselines[name]
            options = {"coverage": coverage, "seed": seed, "threads": threads}
            found = attempt(method.name, method.title, partial(run, method, dataset, splits, **options))
            assert found is not None  # `run` always answers
            yield found


def attempt(name: str, title: str, fit: Callable[[], BaselineRun | None]) -> BaselineRun | FailedRun | None:
    """What a method achieves; whatever it raises is a row of the table: a study is never lost to a competitor.

    Args:
        name: key of the method.
        title: its name in a sentence.
        fit: fits and predicts; None where the method has nothing to go by.
    """
    start = time.perf_counter()
    try:
        found = fit()
    except Exception as error:
        return FailedRun(name, title, _why(error), time.perf_counter() - start)
    if found is None or _finite(found.outcome):
        return found
    return FailedRun(found.name, found.title, "its predictions are not finite numbers", found.seconds)


def _why(error: Exception) -> str:
    """The first line of what it says, in about a line of the terminal."""
    said = str(error).strip().splitlines() or [type(error).__name__]
    return said[0].rstrip(".") if len(said[0]) <= WHY else f"{said[0][: WHY - 3].rstrip()}..."


def _finite(outcome: Outcome) -> bool:
    predicted = (outcome.mean, outcome.probabilities)
    return all(bool(np.isfinite(values).all()) for values in predicted if values is not None)


def table_of(dataset: Any) -> Table:
    """What the methods see of a Dataset."""
    schema = dataset.schema
    classes = schema.targets[0].categories if schema.task is Task.CLASSIFICATION else ()
    width = max(len(classes), int(dataset.targets.max()) + 1) if classes else dataset.targets.shape[1]
    return Table(dataset.inputs, dataset.targets, dataset.weights, schema.features, schema.task, width)


def _thinned(rows: np.ndarray, limit: int, seed: int) -> np.ndarray:
    if len(rows) <= limit:
        return rows
    return np.sort(np.random.default_rng((seed, 2)).choice(rows, limit, replace=False))


def _spread(fitted: Fitted, table: Table) -> tuple[np.ndarray, np.ndarray]:
    nothing = np.full(table.width, np.nan)
    return (fitted.std, fitted.half) if table.task is Task.REGRESSION else (nothing, nothing)


def _outcome(
    table: Table,
    predicted: np.ndarray,
    std: np.ndarray,
    half: np.ndarray,
    *,
    rows: np.ndarray,
    units: np.ndarray,
    coverage: float,
) -> Outcome:
    shared = {"weights": table.weights[rows], "groups": units[rows], "coverage": coverage}
    observed = table.targets[rows]
    if table.task is not Task.REGRESSION:
        return Outcome(observed, table.task, probabilities=predicted, **shared)
    low, high = predicted - half, predicted + half
    return Outcome(observed, table.task, mean=predicted, std=std, low=low, high=high, **shared)
