"""What a miss costs: the recipe's costs, and the rule that follows from them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isinglass.data.schema import DataSchema
from isinglass.errors import RecipeError
from isinglass.evaluation.deciding import decision_for, with_costs
from isinglass.evaluation.outcome import Outcome, concatenate
from isinglass.inference.decision import Decision
from isinglass.recipe import Recipe
from isinglass.spec import Task
from isinglass.workbench.judging.fold import Fold


def require_costs(recipe: Recipe, schema: DataSchema) -> None:
    """Costs are of classes that there are. Raises RecipeError."""
    costs = recipe.evaluation.costs
    if costs and schema.task is not Task.CLASSIFICATION:
        raise RecipeError("only a class can be missed", where="evaluation.costs", given=f"a {schema.task}")
    unknown = [name for name in costs if name not in schema.classes]
    if unknown:
        raise RecipeError("no such class", where="evaluation.costs", given=unknown[0], allowed=schema.classes)


def decide(folds: tuple[Fold, ...], unseen: Outcome, recipe: Recipe, schema: DataSchema) -> Decision | None:
    """The rule for the recipe's costs, chosen on out-of-bag rows and measured on unseen ones; None without costs."""
    if not recipe.evaluation.costs:
        return None
    costs = tuple(float(recipe.evaluation.costs.get(name, 1.0)) for name in schema.classes)
    return with_costs(decision_for(concatenate([_calibrated(fold) for fold in folds]), costs), unseen)


def _calibrated(fold: Fold) -> Outcome:
    """What a fold's networks said of their out-of-bag rows, as they say it of new ones."""
    said = fold.bagged.probabilities
    assert said is not None
    known = np.asarray(np.isfinite(said).all(axis=1))
    told = fold.ensemble.calibration.probabilities(np.nan_to_num(said), fold.bagged.task)
    return replace(fold.bagged, probabilities=np.where(known[:, None], told, said))
