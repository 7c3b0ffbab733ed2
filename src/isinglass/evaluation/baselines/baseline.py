"""What a conventional method is: a fit that returns predictions for each of its settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isinglass.spec import Feature, Task

Predictor = Callable[[np.ndarray], np.ndarray]
"""inputs float32 [sample, feature], or images -> float64 [setting, sample, width]: numbers, or probabilities."""

Bagged = tuple[np.ndarray, np.ndarray]
"""Rows that a method was not shown by all that answer for them: int64 [row]; float64 [setting, row, width]."""


@dataclass(frozen=True)
class Table:
    """The rows a method is fitted on.

    Attributes:
        inputs: float32 [sample, feature], NaN where missing, codes last; or images [sample, channel, height, width] of
            any depth, without features.
        targets: float64 [sample, out]: numbers, class indices (one column) or 0/1 labels.
        weights: float64 [sample].
        features: what the columns of the inputs are.
        task: what is predicted.
        width: predicted columns: outputs, classes or labels.
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    features: tuple[Feature, ...]
    task: Task
    width: int

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def truth(self) -> np.ndarray:
        """What is predicted, as numbers: the targets, with classes as columns of 0 and 1: [sample, width]."""
        if self.task is not Task.CLASSIFICATION:
            return self.targets
        return (self.targets[:, :1] == np.arange(self.width)).astype(np.float64)

    @property
    def share(self) -> np.ndarray:
        """The weighted mean of the truth: [width]; the classes' shares."""
        return np.average(self.truth, axis=0, weights=self.weights)

    def take(self, rows: np.ndarray) -> Table:
        """The same for some rows."""
        return replace(self, inputs=self.inputs[rows], targets=self.targets[rows], weights=self.weights[rows])


def _unchanged(inputs: np.ndarray) -> np.ndarray:
    return inputs


@dataclass(frozen=True)
class Baseline:
    """One conventional method.

    Attributes:
        name: its key.
        title: its name in a sentence.
        fit: (table, seed, threads) -> Predictor.
        settings: one name for each setting that the Predictor answers for; the best is chosen by internal validation.
        parts: into how many parts the training rows are divided for that, and for the residuals.
        rounds: how many of these parts are held out in turn; 0 for all. Fewer save time with slow methods.
        once: of more training rows than this one third is held out once, whatever `parts` and `rounds` say: thousands
            of residuals tell enough; 0 for never.
        bagged: (the method fitted on all rows, inputs, unit of each row [sample]) -> what those of its parts say that
            were not shown a row or its unit. Where that is most of the rows, nothing is fitted again for it.
        lighter: (table, seed, threads) -> Predictor for rows that are held out, where less work serves as well there.
        lightened: what is told where it was used.
        chosen: (table, seed, threads, setting) -> Predictor, the fit on all rows once the setting is known, where that
            is less work than a fit for all settings; the answers of other settings are then of no use.
        limit: the most rows it is fitted on; more are thinned at random, with a note.
        simplicity: 0 for the simplest; ties go to the simpler method.
        pace: processor seconds a fold, and a million numbers (training rows times columns, pixels for images), of the
            fits and predictions of a whole run, as measured on one core of a server of 2024: what a user is told to
            wait is made of them.
        prepare: what is done to inputs before anything is learnt, row by row: inputs [sample, ...] -> [sample, ...].
        tasks: what it can predict; for others it is left out.
    """

    name: str
    title: str
    fit: Callable[[Table, int, int], Predictor]
    settings: tuple[str, ...] = ("",)
    parts: int = 5
    rounds: int = 0
    once: int = 0
    bagged: Callable[[Any, np.ndarray, np.ndarray], Bagged] | None = None
    lighter: Callable[[Table, int, int], Predictor] | None = None
    lightened: str = ""
    chosen: Callable[[Table, int, int, int], Predictor] | None = None
    limit: int = 200_000
    simplicity: int = 0
    pace: tuple[float, float] = (0.01, 0.2)
    prepare: Callable[[np.ndarray], np.ndarray] = _unchanged
    tasks: tuple[Task, ...] = (Task.REGRESSION, Task.CLASSIFICATION, Task.MULTILABEL)


def blended(probabilities: np.ndarray, table: Table, *, votes: float) -> np.ndarray:
    """Shares among `votes` votes with one more vote cast by the classes' shares: no probability is exactly 0.

    For a regression nothing changes. [..., width] -> [..., width].
    """
    if table.task is Task.REGRESSION:
        return probabilities
    return (votes * probabilities + table.share) / (votes + 1.0)
