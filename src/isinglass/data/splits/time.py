"""The past predicts the future: test rows are the latest, with a gap that is used for nothing."""

from __future__ import annotations

import numpy as np

from isinglass.data.hashing import mix
from isinglass.data.splits.splits import Parts, Rows, Splitter
from isinglass.data.splits.units import require
from isinglass.errors import SplitError
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role

STRETCHES = 50  # units of the bag: neighbours in time are alike, so they go in or out of a bag together


def sealed(rows: Rows, recipe: SplitRecipe, seed: int) -> Parts:
    """The latest `recipe.test` of the rows are the test part; rows at the same time stay together."""
    time = _finite(rows.coords["time"])
    ordered = np.sort(time)
    require(int((np.diff(ordered) > 0).sum()) + 1, 2, "times", where="splits")
    first = float(ordered[len(time) - min(max(round(recipe.test * len(time)), 1), len(time) - 1)])
    # Where the first test time is also the earliest of all, the part begins at the next time instead.
    first = first if first > ordered[0] else float(ordered[np.searchsorted(ordered, ordered[0], side="right")])
    role = _roles(time, first, np.inf, recipe.gap)
    return Parts(role[None], stretches(time), _notes(time, role[None]))


def folds(rows: Rows, recipe: SplitRecipe, count: int, seed: int) -> Parts:
    """Forward chaining: times are cut into `count` + 1 stretches; fold i tests stretch i + 1, trained on all before."""
    time = _finite(rows.coords["time"])
    ordered = np.sort(time)
    edges = ordered[np.arange(1, count + 1) * len(time) // (count + 1)]
    distinct = np.unique(np.concatenate([ordered[:1], edges]))
    if len(distinct) < count + 1:
        require(int((np.diff(ordered) > 0).sum()) + 1, count + 1, "times", where="splits.folds")
        edges = np.unique(ordered)[np.arange(1, count + 1) * len(np.unique(ordered)) // (count + 1)]
    ends = np.append(edges[1:], np.inf)
    role = np.stack([_roles(time, first, end, recipe.gap) for first, end in zip(edges, ends, strict=True)])
    earliest = f"{int((time < edges[0]).sum())} rows before the first test stretch are trained on and never tested"
    return Parts(role, stretches(time), (earliest, *_notes(time, role)))


def stretches(time: np.ndarray) -> np.ndarray:
    """The stretch of time of each row, uint64 [sample]: at most 50, of about equally many rows, ties together."""
    ordered = np.sort(time)
    edges = np.unique(ordered[np.arange(1, STRETCHES) * len(time) // STRETCHES])
    return mix(np.searchsorted(edges, time, side="right").astype(np.uint64))


def _roles(time: np.ndarray, first: float, end: float, gap: float) -> np.ndarray:
    """TEST in [first, end), TRAIN before first and not nearer than the gap, UNUSED elsewhere: int8 [sample]."""
    role = np.full(len(time), Role.UNUSED, np.int8)
    role[(time < first) & (time <= first - gap)] = Role.TRAIN
    role[(time >= first) & (time < end)] = Role.TEST
    if not (role == Role.TRAIN).any():
        span = first - float(time.min())
        raise SplitError(
            f"the gap leaves no rows to train on: only {span:g} of time lie before the test rows",
            where="splits.gap",
            given=gap,
            instead=f"a gap below {span:g}, fewer folds, or a smaller test part.",
        )
    return role


def _finite(time: np.ndarray) -> np.ndarray:
    time = np.asarray(time, np.float64)
    bad = np.flatnonzero(~np.isfinite(time))
    if bad.size:
        raise SplitError(
            f"{bad.size} row(s) have no time",
            where=f"row {bad[0] + 1}",
            instead="leave those rows out, or choose another kind of split.",
        )
    return time


def _notes(time: np.ndarray, role: np.ndarray) -> tuple[str, ...]:
    notes = []
    if (np.diff(time) < 0).any():
        notes.append("the rows are not sorted by time: they were ordered by the value of the time column")
    unused = int(((role == Role.UNUSED) & (time < _first_test(time, role))).sum())
    if unused:
        notes.append(f"{unused} rows in the gap before test rows are left unused")
    return tuple(notes)


def _first_test(time: np.ndarray, role: np.ndarray) -> np.ndarray:
    return np.where(role == Role.TEST, time, np.inf).min(1, keepdims=True)


SPLITTER = Splitter(sealed, folds, needs=("time",), unit="times")
