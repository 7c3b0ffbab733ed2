"""From a recipe and a task to a loss."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from isinglass.errors import RecipeError
from isinglass.objective.losses.binary_cross_entropy import binary_loss, multilabel_loss
from isinglass.objective.losses.cross_entropy import cross_entropy_loss
from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.quantile import quantile_loss
from isinglass.recipe import ObjectiveRecipe
from isinglass.types import Task

AUTO = {Task.REGRESSION: "gaussian", Task.CLASSIFICATION: "cross_entropy", Task.MULTILABEL: "multilabel"}
SMOOTHED = {
    "cross_entropy": cross_entropy_loss,
    "binary_cross_entropy": binary_loss,
    "multilabel": multilabel_loss,
}


def choose(losses: Mapping[str, Loss], recipe: ObjectiveRecipe, task: Task) -> Loss:
    """The loss of a recipe, one of `losses` or a version of it with the recipe's levels or smoothing.

    'auto' is Gaussian for regression (so that sigma is learnt), softmax cross entropy for any number of classes and
    its multilabel form for several labels.

    Raises:
        RecipeError: for an unknown loss, one that does not fit the task, or an option that the loss does not have.
    """
    name = AUTO[task] if recipe.loss == "auto" else recipe.loss
    if name not in losses:
        near = difflib.get_close_matches(name, losses, n=1)
        cure = f"did you mean '{near[0]}'?" if near else None
        raise RecipeError("unknown loss", where="objective.loss", given=name, allowed=losses, instead=cure)
    if task not in losses[name].tasks:
        fitting = [other for other, loss in losses.items() if task in loss.tasks]
        raise RecipeError(f"the loss is not for {task}", where="objective.loss", given=name, allowed=fitting)
    return _with_options(losses[name], recipe)


def _with_options(loss: Loss, recipe: ObjectiveRecipe) -> Loss:
    if recipe.label_smoothing and loss.name not in SMOOTHED:
        raise RecipeError(
            f"the loss {loss.name} has no label smoothing", where="objective.label_smoothing", allowed=SMOOTHED
        )
    if recipe.label_smoothing:
        return SMOOTHED[loss.name](recipe.label_smoothing)
    return quantile_loss(recipe.quantiles) if loss.name == "quantile" else loss
