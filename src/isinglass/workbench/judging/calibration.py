"""Making the spread honest: each fold's members are calibrated on rows that were out of their bags."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import image_ids, row_ids
from isinglass.data.splits import Splits
from isinglass.evaluation.calibration import FEWEST, fit_calibration, independent, once
from isinglass.evaluation.out_of_bag import FEWEST as HALVABLE
from isinglass.evaluation.out_of_bag import answered_by_all, halved, slope
from isinglass.evaluation.outcome import Outcome, concatenate, maps
from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.prediction import Prediction
from isinglass.recipe import Recipe
from isinglass.spec import Role, Spec, Task
from isinglass.workbench.judging.censored import clear
from isinglass.workbench.judging.fold import Fold
from isinglass.workbench.judging.masks import calibration_of
from isinglass.workbench.judging.novelty import novelty_of
from isinglass.workbench.population import Trained

MOST = 20_000
"""Out-of-bag rows a fold that calibrate; a quantile of so many is good to 0.2 %."""
MOST_HALVED = 4000
"""Of them, rows that are answered by half of their members too."""


def outcome_of(prediction: Prediction, observed: np.ndarray, *, weights: np.ndarray, groups: np.ndarray) -> Outcome:
    """A prediction beside what was observed."""
    shared = {"observed": observed, "task": prediction.task, "weights": weights, "groups": groups}
    if prediction.task is Task.REGRESSION:
        return Outcome(mean=prediction.mean, std=prediction.std, **shared)
    return Outcome(probabilities=prediction.probabilities, **shared)


def calibrate_folds(dataset: Dataset, splits: Splits, recipe: Recipe, trained: Trained) -> tuple[Fold, ...]:
    """One calibrated predictor a fold."""
    return tuple(_fold(number, dataset, splits, recipe, trained) for number in range(splits.folds))


def calibrate_all(
    trained: Trained, folds: tuple[Fold, ...], recipe: Recipe, *, scored: tuple[Dataset, Splits] | None = None
) -> Ensemble:
    """The predictor for new rows: all members, calibrated on what each fold's members said of rows new to them.

    With folds and the `scored` rows these are the tested rows themselves: every one has been predicted by networks that
    never saw its group, which is just what a new row will meet. What they said there is taken as it was before their
    own folds' calibration, since that of the whole takes its place. Else they are the out-of-bag rows.
    """
    first = folds[0].ensemble
    if len(folds) == 1:
        return first
    if first.task.mapped:
        return replace(trained.ensemble, calibration=first.calibration)
    floor = np.sqrt(np.mean([fold.ensemble.noise_floor**2 for fold in folds], axis=0))
    whole = replace(trained.ensemble, noise_floor=floor)
    if not recipe.evaluation.calibrate:
        return replace(whole, calibration=Calibration())
    rows, witnesses = concatenate([fold.bagged for fold in folds]), max(fold.witnesses for fold in folds)
    if scored is not None:
        rows, hashed = _said(folds, *scored)
        rows, witnesses = once(rows, hashed), independent(rows, hashed)
    return replace(whole, calibration=fit_calibration(rows, witnesses=witnesses))


def _said(folds: tuple[Fold, ...], dataset: Dataset, splits: Splits) -> tuple[Outcome, np.ndarray]:
    """What each fold's networks say of their tested rows, uncalibrated, and a hash of the inputs of each row."""
    outcomes, hashed = [], []
    for fold, role in zip(folds, splits.role, strict=True):
        rows = _some(fold.tested[role[fold.tested] == Role.TEST], MOST)
        inputs = dataset.inputs[rows]
        prediction = replace(fold.ensemble, calibration=Calibration()).predict(inputs)
        shared = {"weights": dataset.weights[rows], "groups": splits.units[rows]}
        outcomes.append(outcome_of(prediction, dataset.targets[rows], **shared))
        hashed.append(inputs_of(inputs, dataset.schema.spec))
    return concatenate(outcomes), np.concatenate(hashed)


def _fold(number: int, dataset: Dataset, splits: Splits, recipe: Recipe, trained: Trained) -> Fold:
    mine = np.flatnonzero(trained.ensemble.fold == number)
    ensemble = replace(trained.ensemble.take(mine), novelty=novelty_of(dataset, splits, trained, number))
    outside = trained.role[mine] == Role.OUT
    rows = np.flatnonzero(outside.sum(axis=0) >= min(2, len(mine)))
    rows = _some(rows, MOST)
    tested = np.flatnonzero(splits.role[number] == Role.TEST)
    if not len(rows):
        return Fold(ensemble, tested, _nothing(dataset))
    if ensemble.task.mapped:
        calibration = calibration_of(dataset, rows, outside[:, rows], ensemble)
        return Fold(replace(ensemble, calibration=calibration), tested, _nothing(dataset))
    shared = {"weights": dataset.weights[rows], "groups": splits.units[rows]}
    inputs, observed, keep = dataset.inputs[rows], dataset.targets[rows], outside[:, rows]
    if ensemble.task is Task.REGRESSION and not ensemble.has_noise:
        floor = _noise_floor(ensemble.predict(inputs, keep), observed, dataset.weights[rows])
        ensemble = replace(ensemble, noise_floor=floor)
    bagged = outcome_of(ensemble.predict(inputs, keep), observed, **shared)
    hashed = inputs_of(inputs, dataset.schema.spec)
    witnesses, bagged = independent(bagged, hashed), once(bagged, hashed)
    if not recipe.evaluation.calibrate:
        return Fold(ensemble, tested, bagged, witnesses)
    steep = _steep(ensemble, bagged, inputs, keep)
    bagged = answered_by_all(bagged, steep, keep.sum(axis=0), len(keep))
    bagged = clear(bagged, dataset)
    ensemble = replace(ensemble, calibration=fit_calibration(bagged, witnesses=witnesses))
    return Fold(ensemble, tested, bagged, witnesses, steep)


def inputs_of(inputs: np.ndarray, spec: Spec) -> np.ndarray:
    """uint64 [sample]: rows, or images, of equal inputs have equal numbers, whatever their targets."""
    return row_ids(inputs, np.zeros((len(inputs), 0))) if spec.flat else image_ids(inputs)


def _steep(ensemble: Ensemble, bagged: Outcome, inputs: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """How steeply scores rise with 1 / members that answer (`evaluation.out_of_bag`); not at all of too few rows."""
    answered = keep.sum(axis=0)
    rows = _some(np.flatnonzero((answered >= HALVABLE) & (bagged.weights > 0)), MOST_HALVED)
    if len(rows) < FEWEST:
        return np.zeros(1)
    whole, part = bagged.take(rows), ensemble.predict(inputs[rows], halved(keep[:, rows]))
    half = outcome_of(part, whole.observed, weights=whole.weights, groups=whole.groups)
    return slope(whole, half, answered[rows])


def _some(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, evenly spaced."""
    return rows[:: max(1, -(-len(rows) // most))]


def _noise_floor(prediction: Prediction, observed: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Out-of-bag errors beyond the members' disagreement: [out]."""
    square = np.average((observed - prediction.mean) ** 2, axis=0, weights=weights)
    known = np.average(prediction.ignorance**2, axis=0, weights=weights)
    # At least a tenth of the error is noise: disagreement alone would claim to know everything.
    return np.sqrt(np.maximum(square - known, 0.01 * square))


def _nothing(dataset: Dataset) -> Outcome:
    """One row about which nothing was said: calibration then corrects nothing."""
    if dataset.schema.over:
        return maps(np.zeros((1, 1, 1, 1), np.int64), heads=(dataset.schema.targets[0].name,))
    blank = np.full_like(dataset.targets[:1], np.nan)
    if dataset.schema.task is Task.REGRESSION:
        return Outcome(observed=dataset.targets[:1], task=dataset.schema.task, mean=blank, std=blank)
    width = len(dataset.schema.classes)
    return Outcome(observed=dataset.targets[:1], task=dataset.schema.task, probabilities=np.full((1, width), np.nan))
