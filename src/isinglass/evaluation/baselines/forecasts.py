"""What a forecast must beat: the last value that is known, and the mean of the season. For divisions by time.

They need the time and the group of a row rather than its inputs, and are fitted on the training rows of each fold.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from isinglass.data.splits.splits import Splits
from isinglass.data.tables.lags import lag_name
from isinglass.evaluation.baselines.running import BaselineRun, FailedRun, attempt
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Role, Task

YEAR, DAY = 365.2425, 1.0
"""Periods, days."""
HARMONICS = 2
"""Waves a period: the season's first two tell most of its shape."""
HELD = 0.2
"""Part of the training rows, the latest, on which the error of the last value is measured."""


@dataclass(frozen=True)
class Timed:
    """One method of time.

    Args:
        name, title, simplicity: as of a `Baseline`.
        fit: (dataset, training rows) -> a function of rows that predicts [row, out], and errors on training rows
            [row, out]; None where it has nothing to go by.
    """

    name: str
    title: str
    simplicity: int
    fit: Callable[[Any, np.ndarray], tuple[Callable[[np.ndarray], np.ndarray], np.ndarray] | None]


def run_timed(
    names: tuple[str, ...], dataset: Any, splits: Splits, *, coverage: float
) -> Iterator[BaselineRun | FailedRun]:
    """The methods that can be, for a regression that is divided by time; none for anything else."""
    if splits.kind != "time" or dataset.schema.task is not Task.REGRESSION or "time" not in dataset.coords:
        return
    for name in names:
        if name not in TIMED:
            continue
        method = TIMED[name]
        found = attempt(method.name, method.title, partial(_run, method, dataset, splits, coverage))
        if found is not None:
            yield found


def _run(method: Timed, dataset: Any, splits: Splits, coverage: float) -> BaselineRun | None:
    start = clock.perf_counter()
    mean, std, half = (np.full(dataset.targets.shape, np.nan) for _ in range(3))
    for role in splits.role:
        train, test = np.flatnonzero(role == Role.TRAIN), np.flatnonzero(role == Role.TEST)
        fitted = method.fit(dataset, train)
        if fitted is None:
            return None
        predict, errors = fitted
        mean[test] = predict(test)
        std[test] = np.sqrt((errors**2).mean(axis=0))
        half[test] = np.quantile(np.abs(errors), coverage, axis=0)
    rows = splits.tested
    outcome = Outcome(
        dataset.targets[rows],
        Task.REGRESSION,
        weights=dataset.weights[rows],
        groups=splits.units[rows],
        coverage=coverage,
        mean=mean[rows],
        std=std[rows],
        low=(mean - half)[rows],
        high=(mean + half)[rows],
    )
    return BaselineRun(method.name, method.title, outcome, rows, clock.perf_counter() - start)


def persistence(dataset: Any, train: np.ndarray) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray] | None:
    """The last target that is known: that of the shortest lag, where lags of all targets are inputs; else the last
    training value of the row's group (of a new group, the mean of these)."""
    lagged = _lagged(dataset)
    last = _last(dataset, train)
    if lagged is not None:
        known = np.where(np.isfinite(lagged), lagged, last(np.arange(len(dataset))))
        return (lambda rows: known[rows]), dataset.targets[train] - known[train]
    when = np.asarray(dataset.coords["time"], np.float64)[train]
    cut = np.quantile(when, 1 - HELD)
    early, late = train[when < cut], train[when >= cut]
    if not len(early) or not len(late):
        return None
    return last, dataset.targets[late] - _last(dataset, early)(late)


def _last(dataset: Any, train: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """The latest training target of each row's group."""
    group = _groups(dataset)
    ordered = train[np.argsort(np.asarray(dataset.coords["time"])[train], kind="stable")]
    latest = np.full((int(group.max()) + 1, dataset.targets.shape[1]), np.nan)
    latest[group[ordered]] = dataset.targets[ordered]  # the last one written stays
    latest = np.where(np.isfinite(latest), latest, np.nanmean(latest, axis=0))
    return lambda rows: latest[group[rows]]


def _lagged(dataset: Any) -> np.ndarray | None:
    """The inputs that hold each target's value before, of the shortest lag that is there: [sample, out]."""
    features = dataset.schema.features
    places = {feature.column: place for place, feature in enumerate(features) if feature.kind == "numeric"}
    found = []
    for target in dataset.schema.targets:
        lags = sorted(int(name.rpartition(" ")[2]) for name in places if name.startswith(lag_name(target.name, 0)[:-1]))
        if not lags:
            return None
        place = places[lag_name(target.name, lags[0])]
        found.append(dataset.inputs[:, place].astype(np.float64) + features[place].origin)
    return np.stack(found, axis=1)


def climatology(dataset: Any, train: np.ndarray) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray] | None:
    """The mean of the day of the year, and of the hour where there are hours: two waves a period and a level for each
    group, by least squares; none for times that are no dates, or that span no whole period."""
    if not dataset.dated:
        return None
    time = np.asarray(dataset.coords["time"], np.float64)
    span = float(np.ptp(time[train]))
    hours = len(np.unique(np.round(time[train] % 1.0, 4))) > 2 * HARMONICS
    periods = [period for period, there in ((YEAR, span >= YEAR), (DAY, hours and span >= 2 * DAY)) if there]
    if not periods:
        return None
    group = _groups(dataset)
    waves = np.stack([np.ones(len(time)), *_waves(time, periods)], axis=1)
    levels = (group[:, None] == np.arange(group.max() + 1)).astype(np.float64)
    design = np.hstack([waves, levels if levels.shape[1] > 1 else levels[:, :0]])
    slopes, *_ = np.linalg.lstsq(design[train], dataset.targets[train], rcond=None)
    found = design @ slopes
    return (lambda rows: found[rows]), dataset.targets[train] - found[train]


def _waves(time: np.ndarray, periods: list[float]) -> Iterator[np.ndarray]:
    for period in periods:
        for wave in range(1, HARMONICS + 1):
            angle = 2 * np.pi * wave * time / period
            yield from (np.sin(angle), np.cos(angle))


def _groups(dataset: Any) -> np.ndarray:
    if "group" not in dataset.coords:
        return np.zeros(len(dataset), np.int64)
    return np.unique(dataset.coords["group"], return_inverse=True)[1]


TIMED: dict[str, Timed] = {
    method.name: method
    for method in (
        Timed("persistence", "persistence (the last value)", 1, persistence),
        Timed("climatology", "climatology (the season's mean)", 1, climatology),
    )
}
