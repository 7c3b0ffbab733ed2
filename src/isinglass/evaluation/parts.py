"""How good it is in each part of the unseen rows: by group, by season, by month.

A mean over all rows hides the station, the cruise or the winter that goes wrong. Each part is scored like the whole,
with its interval over the independent units inside it; of a part that is a single unit no interval is known.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from isinglass.data.tables.dates.datetimes import moments
from isinglass.evaluation.intervals import Interval, evaluate
from isinglass.evaluation.metrics import METRICS, deciding
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task

SEASONS = ("December to February", "March to May", "June to August", "September to November")
"""Meteorological seasons of three whole months (Trenberth 1983, Bull. Amer. Meteor. Soc. 64, 1276)."""
MONTHS = tuple(calendar.month_name)[1:]
MOST = 60
"""Groups that are scored, the largest; a longer list is read by nobody."""
FEWEST = 3
"""Rows without which a part has no score."""


@dataclass(frozen=True)
class PartScore:
    """One part of the unseen rows.

    Args:
        by: what divides them: "season", "month", or the name of the column of groups.
        name: of the part.
        rows: unseen rows in it.
        units: independent units in it.
        values: scores with their 95 % intervals, by the metric's name; the deciding one first.
    """

    by: str
    name: str
    rows: int
    units: int
    values: Mapping[str, Interval]


def part_scores(
    outcome: Outcome,
    *,
    group: np.ndarray | None = None,
    group_name: str = "",
    days: np.ndarray | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> tuple[PartScore, ...]:
    """Score every part; a division into fewer than two parts is none.

    Args:
        outcome: what was predicted for the unseen rows.
        group: [sample] names of their groups, or None.
        group_name: the column that holds them.
        days: [sample] days since 2000-01-01 of their dates, or None.
        bootstrap: the number of resamples.
        seed: of the draws.
    """
    names = (deciding(outcome.task, outcome.observed.shape[1]).name, *_beside(outcome.task))
    metrics = {name: METRICS[name] for name in dict.fromkeys(names)}
    found = []
    for by, labels, order in _divisions(group, group_name, days):
        chosen = [name for name in order if (labels == name).sum() >= FEWEST]
        for name in chosen if len(chosen) > 1 else ():
            mine = outcome.take(labels == name)
            if mine.weights.sum() > 0:
                units = len(np.unique(mine.groups))
                scores = evaluate(mine, metrics, bootstrap=bootstrap, seed=seed)
                found.append(PartScore(by, str(name), len(mine), units, scores))
    return tuple(found)


def _beside(task: Task) -> tuple[str, ...]:
    return ("rmse", "bias", "coverage_90") if task is Task.REGRESSION else ("accuracy",)


def _divisions(
    group: np.ndarray | None, group_name: str, days: np.ndarray | None
) -> Iterator[tuple[str, np.ndarray, list[str]]]:
    """What divides the rows, the part of each row [sample], and the parts in their order."""
    if group is not None:
        labels = np.asarray(group).astype(str)
        names, rows = np.unique(labels, return_counts=True)
        largest = np.sort(np.argsort(-rows, kind="stable")[:MOST])
        yield group_name or "group", labels, names[largest].tolist()
    if days is not None:
        month = month_of(days)
        known = month > 0
        season = np.where(known, np.array(SEASONS)[month % 12 // 3], "")
        yield "season", season, list(SEASONS)
        yield "month", np.where(known, np.array(MONTHS)[month - 1], ""), list(MONTHS)


def month_of(days: np.ndarray) -> np.ndarray:
    """The month, 1 to 12, of days since 2000-01-01; 0 where unknown: int64 [sample]."""
    date = moments(days)
    month = date.astype("datetime64[M]").astype(np.int64) % 12 + 1
    return np.where(np.isnat(date), 0, month)
