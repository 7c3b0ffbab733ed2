"""Exact output layers by name: physics as layers, not as a penalty."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from isinglass.errors import ConstraintError
from isinglass.objective.constraints.bounds import Bounds as Bounds
from isinglass.objective.constraints.bounds import positive
from isinglass.objective.constraints.change_of_variables import Converted as Converted
from isinglass.objective.constraints.combined import Laws as Laws
from isinglass.objective.constraints.constraint import Columns as Columns
from isinglass.objective.constraints.constraint import Constraint as Constraint
from isinglass.objective.constraints.head import Head as Head
from isinglass.objective.constraints.head import Residual as Residual
from isinglass.objective.constraints.linear import Linear as Linear
from isinglass.objective.constraints.penalty import Soft as Soft
from isinglass.objective.constraints.penalty import softened as softened
from isinglass.objective.constraints.sum_to_total import SumToTotal as SumToTotal
from isinglass.recipe import ConstraintRecipe

Maker = Callable[[ConstraintRecipe, tuple[int, ...], tuple[str, ...]], Constraint]
"""`maker(recipe, indices, names) -> constraint`; `names` are the targets at `indices`."""


def _bounds(recipe: ConstraintRecipe, indices: tuple[int, ...], names: tuple[str, ...]) -> Constraint:
    return Bounds(indices, names, recipe.lower, recipe.upper)


def _positive(recipe: ConstraintRecipe, indices: tuple[int, ...], names: tuple[str, ...]) -> Constraint:
    return positive(indices, names)


def _sum_to_total(recipe: ConstraintRecipe, indices: tuple[int, ...], names: tuple[str, ...]) -> Constraint:
    if recipe.total is None:
        raise ConstraintError(
            "sum_to_total needs a total", where="objective.constraints", instead="total = 1.0, or total = 'column'"
        )
    return SumToTotal(indices, names, recipe.total)


def _linear(recipe: ConstraintRecipe, indices: tuple[int, ...], names: tuple[str, ...]) -> Constraint:
    solve_for = tuple(position(name, names, "constraints.solve_for") for name in recipe.solve_for)
    return Linear(indices, names, recipe.matrix, recipe.right_side, recipe.form, solve_for)


CONSTRAINTS: dict[str, Maker] = {
    "positive": _positive,
    "bounds": _bounds,
    "sum_to_total": _sum_to_total,
    "linear": _linear,
}


def laws(recipes: Sequence[ConstraintRecipe], targets: Sequence[str]) -> Laws:
    """The constraints of a recipe for targets with these names.

    Raises:
        ConstraintError: for an unknown target, or constraints that are ill-posed or undo each other.
    """
    return Laws(tuple(_make(recipe, tuple(targets)) for recipe in recipes if recipe.alpha is None))


def soft(recipes: Sequence[ConstraintRecipe], targets: Sequence[str]) -> Soft:
    """The constraints of a recipe that are penalties. Raises as `laws`."""
    chosen = [recipe for recipe in recipes if recipe.alpha is not None]
    items = tuple(_make(recipe, tuple(targets)) for recipe in chosen)
    return Soft(items, tuple(float(recipe.alpha or 0.0) for recipe in chosen))


def position(name: str, names: tuple[str, ...], key: str) -> int:
    """Where a target stands. Raises ConstraintError for an unknown name."""
    if name not in names:
        raise ConstraintError("unknown target", where=f"objective.{key}", given=name, allowed=names)
    return names.index(name)


def _make(recipe: ConstraintRecipe, targets: tuple[str, ...]) -> Constraint:
    names = recipe.columns or targets
    if len(set(names)) < len(names):
        raise ConstraintError("a target is named twice", where="objective.constraints.columns", given=list(names))
    law = CONSTRAINTS[recipe.kind](
        recipe, tuple(position(name, targets, "constraints.columns") for name in names), names
    )
    if not recipe.convert and not recipe.back:
        return law
    if not isinstance(law, Linear):
        raise ConstraintError("only linear laws are about converted quantities", where="objective.constraints.convert",
                              given=recipe.kind, allowed="linear")  # fmt: skip
    return Converted(law, targets, recipe.convert, recipe.back)
