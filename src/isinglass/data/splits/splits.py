"""What a splitter is given and what it returns: plain arrays, nothing of models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task

FEWEST = 5
"""Fewer tested units than this are given no interval and no verdict: from 4 a standard deviation is known to a factor
of 6.6 only (its 95 % interval with 3 degrees of freedom is 0.57 to 3.7 times the estimate)."""


@dataclass(frozen=True)
class Splits:
    """Which part each row belongs to, in every fold.

    Attributes:
        role: int8 [fold, sample] of Role.UNUSED, TRAIN or TEST.
        kind: the splitter that was used, a key of `SPLITTERS`.
        scheme: "sealed" (one fold with one test part) or "folds" (k-fold: no row is TEST twice; each row is TEST
            once, but for forward chaining in time, where the earliest rows are only trained on).
        notes: what the user should know.
        units: uint64 [sample], equal for rows that belong together (equal rows, a group, a stretch of time, a spatial
            block): the units of the bootstrap and of the conventional methods' own parts, however few they are.
        drawn: uint64 [sample]: the units of the members' bags where these are others: single rows where units are too
            few to keep some out of each bag.
    """

    role: np.ndarray
    kind: str
    scheme: str
    notes: tuple[str, ...] = ()
    units: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))
    drawn: np.ndarray = field(default_factory=lambda: np.empty(0, np.uint64))

    @property
    def bags(self) -> np.ndarray:
        """The units of the members' bags: uint64 [sample]."""
        return self.drawn if len(self.drawn) else self.units

    @property
    def folds(self) -> int:
        """The number of folds."""
        return self.role.shape[0]

    @property
    def tested(self) -> np.ndarray:
        """The rows that are TEST in some fold, in order: int64 [tested sample]."""
        return np.flatnonzero((self.role == Role.TEST).any(0))


@dataclass(frozen=True)
class Rows:
    """What a splitter may know of the data.

    Attributes:
        ids: uint64 [sample]: equal for equal rows.
        targets: float64 [sample, out]: class indices, 0/1 labels or numbers.
        task: what is predicted.
        coords: "group", "time", "latitude", "longitude" [sample], where declared.
        classes: names of the classes, for messages.
    """

    ids: np.ndarray
    targets: np.ndarray
    task: Task
    coords: Mapping[str, np.ndarray]
    classes: tuple[str, ...] = ()

    @staticmethod
    def of(dataset: Any) -> Rows:
        """The part of a Dataset that splitting needs."""
        columns = getattr(dataset.schema, "targets", ())
        classes = tuple(columns[0].categories) if columns else ()
        return Rows(dataset.ids, dataset.targets, dataset.schema.task, dataset.coords, classes)

    def class_name(self, index: int) -> str:
        """The name of a class for messages: its index where it has none."""
        return f"'{self.classes[index]}'" if index < len(self.classes) else str(index)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Parts:
    """What one splitter made: roles [fold, sample], units [sample] and notes."""

    role: np.ndarray
    units: np.ndarray
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Splitter:
    """One way to divide rows.

    Attributes:
        sealed: (rows, recipe, seed) -> Parts with one fold.
        folds: (rows, recipe, count, seed) -> Parts with `count` folds.
        needs: the coordinates without which it cannot work.
        unit: what is never divided, in the plural, for messages: "rows", "groups", "blocks".
        whole: (rows, recipe) -> the number of units, where these are few and large enough to matter; else None.
    """

    sealed: Callable[[Rows, SplitRecipe, int], Parts]
    folds: Callable[[Rows, SplitRecipe, int, int], Parts]
    needs: tuple[str, ...] = ()
    unit: str = "rows"
    whole: Callable[[Rows, SplitRecipe], int] | None = None


def roles(test: np.ndarray) -> np.ndarray:
    """TEST where true and TRAIN elsewhere: bool [fold, sample] -> int8 [fold, sample]."""
    return np.where(test, np.int8(Role.TEST), np.int8(Role.TRAIN))


def fold_roles(fold: np.ndarray, count: int) -> np.ndarray:
    """From the fold in which each row is tested, int [sample], to int8 [fold, sample]."""
    return roles(fold[None, :] == np.arange(count)[:, None])
