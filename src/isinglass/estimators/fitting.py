"""One fit: a population on all rows, calibrated by what each network says of the rows outside its bag."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isinglass.data.schema import DataSchema
from isinglass.errors import RecipeError
from isinglass.estimators.rows import Rows
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.prediction import Prediction
from isinglass.inference.storage import Stored, restore, store
from isinglass.learning.run import Tick
from isinglass.machine import COMBINED
from isinglass.recipe import Recipe
from isinglass.spec import Role
from isinglass.workbench.assembly import resolved
from isinglass.workbench.events import Note, Watched
from isinglass.workbench.judging.calibration import calibrate_all, calibrate_folds
from isinglass.workbench.population import train_population


@dataclass(frozen=True)
class Fitted:
    """What a fit leaves behind.

    Args:
        ensemble: the calibrated population.
        recipe: without any 'auto' that the fit has settled.
        unseen: what is said of each different row by the networks that had it outside their bags.
        ticks: the course of the training.
        notes: what the user should know.
    """

    ensemble: Ensemble
    recipe: Recipe
    unseen: Prediction
    ticks: tuple[Tick, ...]
    notes: tuple[str, ...]


def fit_rows(rows: Rows, recipe: Recipe) -> Fitted:
    """Train, calibrate, and ask every network about the rows it never used.

    Raises:
        TrainingError, ConstraintError, MachineError: as they say.
    """
    dataset, splits = rows.dataset, rows.splits
    if recipe.machine.kind == COMBINED:
        raise RecipeError(
            "an estimator fits no conventional methods that networks could be combined with",
            where="machine.kind",
            given=COMBINED,
            instead="ig.fit(data, target, settings={'machine.kind': 'combined'})",
        )
    recipe = resolved(recipe, dataset)
    training = Watched(train_population(dataset, splits, recipe))
    notes = [event.text for event in training if isinstance(event, Note)]
    trained = training.result
    recipe = recipe.model_copy(update={"learning": trained.training.recipe})
    ensemble = calibrate_all(trained, calibrate_folds(dataset, splits, recipe, trained), recipe)
    # Kept as an unpickled one would be: no training rows, and the same numbers before and after pickling.
    ensemble = open_store(store(ensemble), recipe, dataset.schema)
    unseen = ensemble.predict(dataset.inputs, trained.role == Role.OUT)
    return Fitted(ensemble, recipe, unseen, tuple(trained.training.run.ticks), tuple(notes))


def open_store(stored: Stored, recipe: Recipe, schema: DataSchema) -> Ensemble:
    """The population that was stored."""
    return restore(stored, recipe, schema.features, schema.targets, schema.task)


def curve(losses: Sequence[np.ndarray]) -> np.ndarray:
    """The mean over the members still learning [member] at each tick; NaN where there is none: [tick]."""
    known = [values[np.isfinite(values)] for values in losses]
    return np.array([values.mean() if len(values) else np.nan for values in known])
