"""What the network learnt, says of unseen rows, and looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class History:
    """How the members learnt.

    Args:
        train: [member, epoch] mean training loss; NaN after a member has stopped.
        stop: [member, epoch] loss on the member's early-stopping rows; NaN where not measured.
        best: [member] epoch (counted from 1) whose weights were kept.
        loss: name of the loss, for the axis.
        restarts: how many members were restarted with a lower rate.
        words: what the curves say about under- and overfitting, one or two sentences.
    """

    train: np.ndarray
    stop: np.ndarray
    best: np.ndarray
    loss: str
    restarts: int = 0
    words: str = ""


@dataclass(frozen=True)
class Unseen:
    """The network's predictions for rows that it never trained on; original units.

    Args:
        observed: [sample, out] numbers; class index [sample, 1]; 0 or 1 for multilabel.
        names, units: one an output (regression), the single target (classification) or one a label.
        mean, std, low, high: [sample, out]; `low` and `high` bound the interval at `coverage`. Regression.
        noise, ignorance: [sample, out] the two parts of `std`. Regression.
        probabilities: [sample, class] (classification) or [sample, label] (multilabel).
        classes: names of the classes.
        pit: [sample, out] probability integral transform of the observations, None without a distribution.
        levels: [level] nominal coverage of central intervals.
        covered: [level, out] measured coverage of these intervals.
        cluster: int64 [sample] rows with equal numbers are one independent unit (a group, a stretch of time); None
            where every row is its own.
        group: [sample] names of the groups, None without.
        time: [sample] days since 2000-01-01 or other numbers, None without.
        position: [sample, 2] longitude and latitude in degrees, None without.
        weight: [sample] of the rows, None where all are 1.
    """

    observed: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...] = ()
    mean: np.ndarray | None = None
    std: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    coverage: float = 0.9
    noise: np.ndarray | None = None
    ignorance: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    pit: np.ndarray | None = None
    levels: np.ndarray | None = None
    covered: np.ndarray | None = None
    cluster: np.ndarray | None = None
    group: np.ndarray | None = None
    time: np.ndarray | None = None
    position: np.ndarray | None = None
    weight: np.ndarray | None = None


@dataclass(frozen=True)
class Importance:
    """How much worse the score gets when columns are shuffled.

    Args:
        names: the columns, or groups of columns.
        single: [name, draw] rise of the error with one name shuffled; a draw is a repeat, or repeat x member.
        multi: [name, draw] error with this and all more important names shuffled, less the plain error; NaN
            for names that were not reached. None where only one pass was made.
        score: what rises, with its unit, as in `RMSE (%)`.
        order: the names as the multi-pass method took them, most important first.
    """

    names: tuple[str, ...]
    single: np.ndarray
    score: str
    multi: np.ndarray | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """Partial dependence of one output on one column.

    Args:
        column, unit: the input.
        output, output_unit: the prediction.
        grid: [grid] numbers, or names of categories.
        mean: [grid] of the ensemble.
        members: [member, grid] of each member, for the spread; None where unknown.
        individual: [sample, grid] curves of a few rows (ICE); None where not kept.
        observed: [sample] a thinned sample of the column's own values, for the rug; None for categories.
        calendar: "date" where the grid counts days since 2000-01-01, "year" or "day" where it is the part of one that
            has passed, 0 to 1; empty for plain numbers.
    """

    column: str
    unit: str
    output: str
    output_unit: str
    grid: np.ndarray
    mean: np.ndarray
    members: np.ndarray | None = None
    individual: np.ndarray | None = None
    observed: np.ndarray | None = None
    calendar: Literal["", "date", "year", "day"] = ""


@dataclass(frozen=True)
class Novelty:
    """How far outside the training data the unseen rows lie: [sample], above 1 is outside.

    `error` [sample] is the network's absolute error on the same rows (or 1 - probability of the true class),
    None where unknown. `features` are inputs, and `beyond` the shares of the rows in which each lies beyond its
    training range.
    """

    values: np.ndarray
    error: np.ndarray | None = None
    error_label: str = "absolute error"
    features: tuple[str, ...] = ()
    beyond: tuple[float, ...] = ()


@dataclass(frozen=True)
class ConstraintCheck:
    """One physical law: its formula, and the residual of each prediction, [sample], in `unit`.

    `reference` is the typical size of the terms, so that residuals can be judged; `observed` are the
    residuals of the observations themselves.
    """

    name: str
    formula: str
    residual: np.ndarray
    unit: str = ""
    reference: float = 1.0
    observed: np.ndarray | None = None

    @property
    def largest(self) -> float:
        """The largest residual, without its sign."""
        return float(np.abs(self.residual).max())
