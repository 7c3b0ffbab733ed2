"""Fitting one method on one fold's training rows, with an honest idea of its own error.

The training rows are divided into parts (whole units: groups, stretches of time); each part is predicted by the method
fitted on the others. These out-of-fold residuals choose the setting, and give the standard deviation and the
half-width of the interval that make the method comparable with one that knows its uncertainty. No test row is seen.
Bagged methods are not fitted again for that: each row is answered by the trees that did not see it, nor its unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.data.splits.units import large_folds, ranking, small_folds
from isinglass.evaluation.baselines.baseline import Bagged, Baseline, Predictor, Table
from isinglass.evaluation.baselines.standard import Standard, standard
from isinglass.evaluation.calibration import conformal
from isinglass.spec import Task

LARGE = 1000  # fewer units than this are dealt out by size
THIRDS = 3
MOST = 0.5
"""Bags serve where they leave out more than this part of the rows; groups of many rows are in nearly every bag."""


@dataclass(frozen=True)
class HeldOut:
    """What a method says of training rows, each asked of a fit that did not see its unit.

    Attributes:
        rows: int64 [row], places in the table, or in the data set (see `placed`).
        predicted: float64 [row, width] of the chosen setting.
    """

    rows: np.ndarray
    predicted: np.ndarray

    def placed(self, places: np.ndarray) -> HeldOut:
        """The same with the places that the table's rows have elsewhere: int64 [sample]."""
        return HeldOut(places[self.rows], self.predicted)


@dataclass(frozen=True)
class Fitted:
    """A method ready to predict.

    Attributes:
        method: inputs -> [setting, sample, width], numbers on the `scale`.
        scale: of the targets that the method was fitted on.
        setting: the chosen one.
        std: [width] of the out-of-fold residuals (regression).
        half: [width] half-width of the interval (regression).
        held: the out-of-fold predictions, by rows of the training table.
        again: whether the method was fitted again for these.
    """

    method: Predictor
    scale: Standard
    setting: int
    std: np.ndarray
    half: np.ndarray
    held: HeldOut
    again: bool = True

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """Predictions with the chosen setting: [sample, width]."""
        return self.scale.told(self.method(inputs)[self.setting])


def fit(baseline: Baseline, table: Table, units: np.ndarray, *, coverage: float, seed: int, threads: int) -> Fitted:
    """Choose the setting, measure the residuals, then fit on all rows.

    Args:
        baseline: the method.
        table: the training rows.
        units: uint64 [sample]: rows that stay together.
        coverage: nominal coverage of the interval.
        seed: of everything drawn.
        threads: for methods that can use several.

    Targets are standardised for the method (see `standard`); everything that is returned is in their own units.
    """
    scale = standard(table)
    table = scale.targets(table)
    whole = baseline.fit(table, seed, threads) if baseline.chosen is None else None
    bagged = None if whole is None else _bagged(baseline, whole, table, units)
    rows, predicted = bagged or _held_out(baseline, table, units, seed, threads)
    judged = table.take(rows)
    residual = predicted - judged.truth
    setting = _best(residual, judged)
    method = whole if baseline.chosen is None else baseline.chosen(table, seed, threads, setting)
    assert method is not None
    chosen = residual[setting]
    std, half = np.zeros(0), np.zeros(0)
    if table.task is Task.REGRESSION:
        std = np.sqrt(np.average(chosen**2, axis=0, weights=judged.weights))
        half = np.array([conformal(np.abs(column), judged.weights, coverage) for column in chosen.T])
        std, half = std * scale.spread, half * scale.spread
    held = HeldOut(rows, scale.told(predicted[setting]))
    return Fitted(method, scale, setting, std, half, held, again=bagged is None)


def _bagged(baseline: Baseline, method: Predictor, table: Table, units: np.ndarray) -> Bagged | None:
    """What a bagged method says of rows that were not shown; None where that is too few of them."""
    if baseline.bagged is None:
        return None
    found = baseline.bagged(method, table.inputs, _units(units))
    return found if len(found[0]) > MOST * len(table) else None


def _held_out(baseline: Baseline, table: Table, units: np.ndarray, seed: int, threads: int) -> Bagged:
    """Rows predicted by fits that did not see their unit: indices [row], predictions [setting, row, width]."""
    once = 0 < baseline.once < len(table)
    part = _parts(units, THIRDS if once else baseline.parts, seed)
    rounds = 1 if once else baseline.rounds or baseline.parts
    learn, rows, predictions = baseline.lighter or baseline.fit, [], []
    for index in range(min(rounds, int(part.max()) + 1)):
        inside = np.flatnonzero(part == index)
        predict = learn(table.take(np.flatnonzero(part != index)), seed, threads)
        rows.append(inside)
        predictions.append(predict(table.inputs[inside]))
    return np.concatenate(rows), np.concatenate(predictions, axis=1)


def _units(units: np.ndarray) -> np.ndarray:
    """Whole units where there are two or more, else single rows."""
    alone = len(units) and (units == units[0]).all()
    return np.arange(len(units), dtype=np.uint64) if alone else units


def _parts(units: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The part of each row, int64 [sample]."""
    values, inverse, sizes = np.unique(_units(units), return_inverse=True, return_counts=True)
    deal = large_folds if len(values) < LARGE else small_folds
    return deal(sizes, ranking(values, seed), min(count, len(values)))[inverse]


def _best(residual: np.ndarray, table: Table) -> int:
    """The setting with the smallest mean squared residual, outputs of a regression in units of their spread."""
    squared = np.average(residual**2, axis=1, weights=table.weights)
    if table.task is Task.REGRESSION:
        spread = np.average((table.targets - table.share) ** 2, axis=0, weights=table.weights)
        squared = squared / np.where(spread > 0, spread, 1.0)
    return int(squared.mean(1).argmin())
