"""Does a random division hide that neighbours are alike? Measured, and said with the flag that keeps them together.

For every way in which rows may be near each other (`candidates`):

1. A first look: the targets, and what a linear model leaves of them, are alike in neighbours by more than SUSPECT
   standard deviations above chance (Moran's I; `likeness`). Nearly all exchangeable tables end here.
2. A quick forest predicts each row twice: fitted on other rows at random, and on rows of other stretches, regions or
   groups alone (`flattery`). The random division hides at least HIDDEN of the error, by Student's t over the cells.
3. Or what the forest leaves, without the columns that merely say when, is still alike in neighbours, by more than in
   rows with as similar inputs from elsewhere: the rows are not independent, and a series wants to be foretold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isinglass.data.leaks.axes import Axis
from isinglass.data.leaks.candidates import axes_of
from isinglass.data.leaks.flattery import (
    cell_folds,
    filled,
    flattery,
    forest,
    random_folds,
    ridge,
    standardized,
    twins,
)
from isinglass.data.leaks.likeness import likeness
from isinglass.spec import Task

SUSPECT = 3.3
"""Standard deviations: once in 2,000 by chance. With up to six axes and two looks that is below 1 % of tables."""
FEWEST = 30
"""Rows below which neighbours say nothing."""
HIDDEN = 0.2
"""A random division that hides less of the error than this flatters no verdict."""
SURE = 2.5
"""Student's t of the hidden part over the cells."""
PLAIN = 6.0
"""Standard deviations of the first look from which on groups need no Student's t: of a few groups one may lie amid the
others, and is then foretold as well from outside."""
ALIKE = 0.15
"""Moran's I of what a forest leaves, above which rows are not independent."""
SORTED = 0.95
"""Of the steps of a target along the file: where so many go one way, the file is sorted by it."""
CLASSES = 5
"""Classes that are looked at, the commonest."""


@dataclass(frozen=True)
class Doubt:
    """A way in which neighbours are alike that the division does not respect.

    Args:
        near, names, cure: as `Axis`.
        alike: Moran's I of what the forest leaves, less what rows with as similar inputs share.
        random, apart: R2 of a quick forest on rows left out at random, and on whole stretches, regions or groups.
        cells: how many of these there are.
    """

    near: str
    names: tuple[str, ...]
    cure: tuple[tuple[str, str], ...]
    alike: float
    random: float
    apart: float
    cells: int

    @property
    def hidden(self) -> float:
        """The part of the squared error that a random division hides."""
        return 1.0 - (1.0 - self.random) / max(1.0 - self.apart, 1e-12)


def doubts_of(dataset: Any, *, seed: int = 0) -> tuple[Doubt, ...]:
    """Doubts about dividing the rows of a table at random; none where neighbours are no more alike than others.

    Args:
        dataset: a Dataset of a table.
        seed: of draws and forests.
    """
    if len(dataset) < FEWEST or not dataset.schema.spec.flat:
        return ()
    targets = target_columns(dataset.targets, dataset.schema.task)
    found: list[Doubt] = []
    for axis in axes_of(dataset, seed):
        if axis.near == "order" and (found or _sorted(dataset.targets, dataset.schema.task)):
            continue
        if axis.near == "place" and any(set(axis.names) <= set(doubt.names) for doubt in found):
            continue  # the stations themselves
        doubt = _look(axis, dataset, targets, seed)
        if doubt and all(doubt.cure != other.cure for other in found):
            found.append(doubt)
    return tuple(found)


def target_columns(targets: np.ndarray, task: Task) -> np.ndarray:
    """Targets as numbers [sample, column]: of classes, which is it?"""
    if task is not Task.CLASSIFICATION:
        return targets.astype(np.float64)
    names, counts = np.unique(targets[:, 0], return_counts=True)
    common = names[np.argsort(-counts, kind="stable")][: CLASSES if len(names) > 2 else 1]
    return (targets[:, :1] == common).astype(np.float64)


def _sorted(targets: np.ndarray, task: Task) -> bool:
    """Whether the file is sorted by a target (or by class): its order then says what is to be predicted."""
    return any(_sorted_by(column, task) for column in targets.T)


def _sorted_by(column: np.ndarray, task: Task) -> bool:
    steps = np.diff(column)
    moved = np.count_nonzero(steps)
    distinct = len(np.unique(column))
    if moved <= 3 * distinct and moved < len(steps) / 4:
        return True
    return task is Task.REGRESSION and max((steps > 0).sum(), (steps < 0).sum()) >= SORTED * moved


def _by_an_input(inputs: np.ndarray) -> bool:
    """Whether the file is sorted by one of the inputs."""
    steps = np.sign(np.diff(inputs, axis=0))
    moved = np.maximum(np.abs(steps).sum(axis=0), 1.0)
    return bool((np.abs(steps.sum(axis=0)) >= (2 * SORTED - 1) * moved).any(where=moved >= 2))


def _look(axis: Axis, dataset: Any, targets: np.ndarray, seed: int) -> Doubt | None:
    rows = axis.rows
    if len(np.unique(axis.cells)) < 4:
        return None
    y, ids = standardized(targets[rows]), dataset.ids[rows]
    pairs = axis.pairs[ids[axis.pairs[:, 0]] != ids[axis.pairs[:, 1]]]  # equal rows are one witness already
    x = filled(dataset.inputs[rows], y)
    others = np.delete(dataset.inputs[rows], axis.own, axis=1) if axis.own else dataset.inputs[rows]
    alone = not others.shape[1]  # the axis is all there is to predict from
    own = dataset.inputs[rows] if alone else others
    own = filled(own, y)
    seen = max(likeness(y, pairs)[1], likeness(ridge(own, y), pairs)[1])
    if seen < SUSPECT:
        return None
    random = forest(x, y, random_folds(ids, seed), seed)
    apart = forest(x, y, cell_folds(axis.cells, seed), seed)
    hidden, sure = flattery(random, apart, axis.cells)
    left = forest(own, y, random_folds(ids, seed), seed) if axis.own and not alone else random
    remains, beyond = likeness(left.residual, pairs)
    # What the forest misses is alike where the inputs are: that much, twins from afar share too.
    remains -= max(0.0, likeness(left.residual, twins(own, left.weight, axis.cells))[0])
    # Stretches of a file that is sorted by an input lie apart in that input too: there the forest has to extrapolate.
    plain = axis.near == "group" and seen >= PLAIN
    flatters = (
        hidden >= HIDDEN and (sure >= SURE or plain) and not (axis.near == "order" and _by_an_input(dataset.inputs))
    )
    if not flatters and not (remains >= ALIKE and beyond >= SUSPECT):
        return None
    return Doubt(axis.near, axis.names, axis.cure, remains, random.r2, apart.r2, len(np.unique(axis.cells)))
