"""From a recipe and a task to a loss."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from isinglass.errors import RecipeError, TrainingError
from isinglass.objective.losses.class_weights import WHERE, Counts, class_weights
from isinglass.objective.losses.classification import binary_loss, cross_entropy_loss, multilabel_loss
from isinglass.objective.losses.loss import Loss
from isinglass.objective.losses.masks import Weights
from isinglass.objective.losses.quantile import quantile_loss
from isinglass.objective.losses.regression import huber_loss
from isinglass.objective.losses.segmentation import dice_loss, focal_loss, pixel_cross_entropy_loss
from isinglass.objective.losses.user_function import Own, is_own, own_loss
from isinglass.recipe import ObjectiveRecipe
from isinglass.spec import Task

AUTO = {
    Task.REGRESSION: "gaussian",
    Task.CLASSIFICATION: "cross_entropy",
    Task.MULTILABEL: "multilabel",
    Task.SEGMENTATION: "pixel_cross_entropy",
}


@dataclass(frozen=True)
class Options:
    """What a loss may be made of: the recipe, the classes of each head and their weights."""

    recipe: ObjectiveRecipe
    classes: tuple[int, ...] = ()
    weights: Weights = ()


def _smoothing(options: Options) -> float:
    return options.recipe.label_smoothing


MADE: dict[str, Callable[[Options], Loss]] = {
    "cross_entropy": lambda o: cross_entropy_loss(_smoothing(o), *o.weights),
    "binary_cross_entropy": lambda o: binary_loss(_smoothing(o)),
    "multilabel": lambda o: multilabel_loss(_smoothing(o)),
    "huber": lambda o: huber_loss(o.recipe.delta),
    "quantile": lambda o: quantile_loss(o.recipe.quantiles),
    "pixel_cross_entropy": lambda o: pixel_cross_entropy_loss(o.classes, o.weights, smoothing=_smoothing(o)),
    "dice": lambda o: dice_loss(o.classes, o.weights),
    "focal": lambda o: focal_loss(o.classes, o.weights, gamma=o.recipe.focus),
}
"""Losses with options; the others are as they stand in `LOSSES`."""

ALWAYS = ("huber", "quantile", "pixel_cross_entropy", "dice", "focal")
"""Losses that also depend on more than smoothing and class weights."""

SMOOTHED = ("cross_entropy", "binary_cross_entropy", "multilabel", "pixel_cross_entropy")
WEIGHTED = ("cross_entropy", "pixel_cross_entropy", "dice", "focal")


def choose(
    losses: Mapping[str, Loss],
    recipe: ObjectiveRecipe,
    task: Task,
    *,
    classes: tuple[int, ...] = (),
    counts: Counts | None = None,
    own: Own | None = None,
) -> Loss:
    """The loss of a recipe, one of `losses` or a version of it with the recipe's levels, smoothing or class weights.

    'auto' is Gaussian for regression (so that sigma is learnt), softmax cross entropy for any number of classes, its
    multilabel form for several labels and its form by pixels for masks.

    Args:
        losses: by name.
        recipe: the `[objective]` table.
        task: what the targets are.
        classes: the number of classes of each target or mask.
        counts: how often each occurs among the training rows, for balanced class weights. Without, such a loss reads
            raw outputs but cannot be trained with.
        own: the function of a loss that was given in Python.

    Raises:
        RecipeError: for an unknown loss, one that does not fit the task, or an option that the loss does not have.
    """
    name = AUTO[task] if recipe.loss == "auto" else recipe.loss
    if is_own(name):
        return _with_options(own_loss(name, task, own), recipe, classes, counts)
    if name not in losses:
        near = difflib.get_close_matches(name, losses, n=1)
        cure = f"did you mean '{near[0]}'?" if near else None
        raise RecipeError("unknown loss", where="objective.loss", given=name, allowed=losses, instead=cure)
    if task not in losses[name].tasks:
        fitting = [other for other, loss in losses.items() if task in loss.tasks]
        raise RecipeError(f"the loss is not for {task}", where="objective.loss", given=name, allowed=fitting)
    return _with_options(losses[name], recipe, classes, counts)


def _with_options(loss: Loss, recipe: ObjectiveRecipe, classes: tuple[int, ...], counts: Counts | None) -> Loss:
    name = loss.name
    if recipe.label_smoothing and name not in SMOOTHED:
        raise RecipeError(
            f"the loss {name} has no label smoothing", where="objective.label_smoothing", allowed=SMOOTHED
        )
    if recipe.class_weights != "none" and name not in WEIGHTED:
        raise RecipeError(f"the loss {name} has no class weights", where=WHERE, allowed=WEIGHTED)
    if recipe.delta != 1.0 and name != "huber":
        raise RecipeError(f"the loss {name} has no delta", where="objective.delta", allowed=("huber",))
    plain = not recipe.label_smoothing and recipe.class_weights == "none"
    if name not in MADE or (plain and name not in ALWAYS):
        return loss
    weights = class_weights(recipe.class_weights, classes, counts)
    made = MADE[name](Options(recipe, classes, weights or ()))
    return made if weights is not None else replace(made, function=_uncounted)


def _uncounted(raw: Tensor, target: Tensor) -> Tensor:
    raise TrainingError("balanced class weights need the counts of the training rows", where=WHERE)
