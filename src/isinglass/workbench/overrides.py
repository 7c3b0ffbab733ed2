"""What a study is given in Python beside its recipe: networks, residuals, losses, `ig.fit(rows, "u", loss=...)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from isinglass.errors import UsageError
from isinglass.machine import Own as OwnMachine
from isinglass.objective.losses import GIVEN as GIVEN_LOSS
from isinglass.objective.losses import Own as OwnLoss
from isinglass.objective.penalties.user_function import GIVEN, Own
from isinglass.recipe import Recipe

Residual = str | Own | Mapping[str, Any]
"""A formula that should be 0 (or `left = right`), a function `(u, x, slope) -> [batch]`, or a table with the keys of
`[[objective.equations]]`, in which `function` may be a function."""


@dataclass(frozen=True)
class Given:
    """What no recipe can hold.

    Args:
        machine: an `nn.Module` or a function that makes one (see `machine.custom`), instead of the recipe's.
        residual: the function of an equation of which the recipe says that it is given in Python.
        loss: the function of which the recipe's loss says the same.
    """

    machine: OwnMachine | None = None
    residual: Own | None = None
    loss: OwnLoss | None = None


def with_residual(recipe: Recipe, residual: Residual | None) -> tuple[Recipe, Own | None]:
    """The recipe with one more equation, and its function where it is one that was given.

    Raises:
        UsageError: it is neither of the three. RecipeError: for an unknown key.
    """
    if residual is None:
        return recipe, None
    table, given = _table(residual), None
    if callable(table.get("function")):
        table, given = table | {"function": GIVEN}, table["function"]
    before = [item.model_dump(mode="json") for item in recipe.objective.equations]
    return recipe.replace({"objective.equations": [*before, table]}, where="residual"), given


def with_loss(recipe: Recipe, loss: str | OwnLoss | None) -> tuple[Recipe, OwnLoss | None]:
    """The recipe with a loss by its name, or as a function that was given.

    Raises:
        UsageError: neither of the two.
    """
    if loss is None:
        return recipe, None
    if isinstance(loss, str):
        return recipe.replace({"objective.loss": loss}, where="loss"), None
    if not callable(loss):
        cure = "loss=lambda prediction, target: (prediction - target).abs().mean(-1)"
        raise UsageError("a loss is a name or a function", where="loss", given=type(loss).__name__, instead=cure)
    return recipe.replace({"objective.loss": GIVEN_LOSS}, where="loss"), loss


def _table(residual: object) -> dict[str, Any]:
    if isinstance(residual, str):
        return {"formula": residual}
    if isinstance(residual, Mapping):
        return dict(residual)
    if isinstance(residual, Callable):
        return {"function": residual}
    raise UsageError(
        "a residual is a formula, a function or a table of both",
        where="fit, residual",
        given=type(residual).__name__,
        instead='residual="du/dt = -k * u", or residual={"formula": "du/dt = -k * u", "ranges": {"t": (0, 10)}}',
    )
