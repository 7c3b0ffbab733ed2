"""A loss of one's own: a function of predictions and targets, given in Python or named as 'module:function'.

Its raw outputs mean what they do for the plain losses: the point prediction of a regression, scores before the softmax
of classes (before the sigmoid of several labels). Of what the function minimises, sigma is no part: the spread comes
from rows outside the bags.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable

from torch import Tensor

from isinglass.errors import RecipeError
from isinglass.objective.losses.loss import Loss, Predictive, shares
from isinglass.spec import Task

WHERE = "objective.loss"
GIVEN = "given in Python"
"""Stands for the loss in the recipe where that was not named but given."""
CURE = "loss=lambda prediction, target: (prediction - target).abs().mean(-1)"
Own = Callable[[Tensor, Tensor], Tensor]
"""`function(prediction, target) -> [..., batch]`: both [..., batch, out], one loss a row, not averaged over rows."""

READ: dict[Task, Callable[[Tensor], Predictive]] = {
    Task.REGRESSION: lambda raw: Predictive(mean=raw),
    Task.CLASSIFICATION: lambda raw: Predictive(probabilities=shares(raw), calibrated=False),
    Task.MULTILABEL: lambda raw: Predictive(probabilities=raw.sigmoid(), calibrated=False),
}
"""What raw outputs mean, by the task."""


def is_own(name: str) -> bool:
    """Whether a recipe's loss is no entry of `LOSSES` but a function of the user's."""
    return name == GIVEN or ":" in name


def own_loss(name: str, task: Task, function: Own | None = None) -> Loss:
    """The loss of one's own, for reading outputs even where its function is not there.

    Args:
        name: GIVEN, or 'module:function', which is imported when the first rows are learnt.
        task: what the targets are.
        function: the one that was given.

    Raises:
        RecipeError: masks. Where it is called: a function that is not found, or that does not give a number a row.
    """
    if task not in READ:
        raise RecipeError(f"an own loss is not for {task}", where=WHERE, given=name, allowed=list(READ))
    found: list[Own] = [] if function is None else [_of_two(function)]

    def called(raw: Tensor, target: Tensor) -> Tensor:
        if not found:
            found.append(_of_two(_found_at(name)))
        return _a_row(found[0](raw, target), target)

    located = task is Task.REGRESSION
    return Loss("own", called, lambda out: out, READ[task], (task,), standardize=located, located=located)


def _a_row(value: object, target: Tensor) -> Tensor:
    """One number a row; of one a row and target their mean."""
    if isinstance(value, Tensor) and value.shape == target.shape:
        return value.mean(-1)
    if isinstance(value, Tensor) and value.shape == target.shape[:-1]:
        return value
    given = f"{type(value).__name__}{list(value.shape) if isinstance(value, Tensor) else ''}"
    raise RecipeError(
        "an own loss is a tensor with one number a row, not averaged over the rows",
        where=WHERE,
        given=given,
        allowed=f"Tensor{list(target.shape[:-1])}",
        instead=CURE,
    )


def _of_two(function: Own) -> Own:
    """The function, if it can be called with prediction and target."""
    try:
        inspect.signature(function).bind(None, None)
    except TypeError as error:
        raise RecipeError(
            f"an own loss is called with prediction and target: {error}", where=WHERE, instead=CURE
        ) from None
    except ValueError:  # a compiled function that does not say what it takes
        return function
    return function


def _found_at(name: str) -> Own:
    if name == GIVEN:
        raise RecipeError(
            "the loss of this recipe is a function that was given in Python",
            where=WHERE,
            instead="isinglass.fit(recipe, loss=function), or loss = 'package.module:name'",
        )
    module, _, attribute = name.partition(":")
    try:
        function = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise RecipeError(
            f"the function is not found: {error}", where=WHERE, given=name, instead="'package.module:name'"
        ) from None
    if not callable(function):
        raise RecipeError("this is not a function", where=WHERE, given=name)
    return function  # pyright: ignore[reportReturnType]
