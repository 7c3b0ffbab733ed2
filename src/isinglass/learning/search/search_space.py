"""The settings that a search tries: from the recipe's `[search]` table to a list of dotted keys and values."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from isinglass.errors import RecipeError
from isinglass.recipe import Recipe, SearchRecipe

Setting = dict[str, Any]
"""Dotted keys of the recipe and their values, as for `Recipe.replace`."""

STACKABLE = {
    "learning.optimizer.rate": "rate",
    "learning.optimizer.weight_decay": "weight_decay",
    "machine.dropout": "dropout",
}
"""Keys that change no shapes: settings that differ in these only are trained in one stack. Values: `Member.hyper`."""


def settings(search: SearchRecipe, *, seed: int) -> tuple[Setting, ...]:
    """All settings of a search.

    A grid is the product of all lists; random search and halving draw `trials` settings: of a list a value, of
    `{low, high, log}` a number between (a whole one where both ends are whole), on a logarithmic scale with log. Where
    all are lists none is drawn twice, so there are at most as many as combinations.

    Raises:
        RecipeError: for an empty space, a grid with a range, or a range that is none.
    """
    if not search.space:
        raise RecipeError(
            "nothing to search",
            where="search.space",
            instead='space = {"learning.optimizer.rate" = [0.001, 0.003]}',
        )
    for key, values in search.space.items():
        _check(key, values, grid=search.kind == "grid")
    if search.kind == "grid":
        return tuple(
            dict(zip(search.space, choice, strict=True)) for choice in itertools.product(*search.space.values())
        )
    return tuple(_drawn(search, np.random.default_rng(seed)))


def _drawn(search: SearchRecipe, rng: np.random.Generator) -> list[Setting]:
    lists = [{repr(value) for value in values} for values in search.space.values() if not isinstance(values, Mapping)]
    listed = len(lists) == len(search.space)
    count = min(search.trials, math.prod(map(len, lists))) if listed else search.trials
    found: dict[str, Setting] = {}
    while len(found) < count:
        setting = {key: _draw(values, rng) for key, values in search.space.items()}
        found[repr(setting) if listed else str(len(found))] = setting
    return list(found.values())


def stackable(key: str) -> str | None:
    """The name in `Member.hyper` of a key that changes no shapes, or None."""
    penalty = re.fullmatch(r"objective\.penalties\.(\d+)\.strength", key)
    return f"penalty.{penalty[1]}" if penalty else STACKABLE.get(key)


def hyper(setting: Setting) -> dict[str, float]:
    """The part of a setting that a member carries itself."""
    return {name: float(value) for key, value in setting.items() if (name := stackable(key))}


def cohorts(settings: Sequence[Setting], recipe: Recipe) -> list[tuple[Recipe, list[int]]]:
    """Settings that can be trained in one stack, together with their common recipe.

    Raises:
        RecipeError: for a key that is no key of the recipe, or a value that it does not take.
    """
    groups: dict[str, tuple[Recipe, list[int]]] = {}
    dropout = any(_dropout(setting) > 0 for setting in settings)
    for number, setting in enumerate(settings):
        shape = {key: value for key, value in setting.items() if not stackable(key)}
        if "dropout" in hyper(setting):  # the machine needs its Dropout layers, whatever their probability
            shape["machine.dropout"] = 0.5 if dropout else 0.0
        common = recipe.replace(shape, where="search.space")
        groups.setdefault(common.digest(), (common, []))[1].append(number)
    return list(groups.values())


def _dropout(setting: Setting) -> float:
    return float(setting.get("machine.dropout", 0.0))


def _check(key: str, values: object, *, grid: bool) -> None:
    if isinstance(values, Mapping):
        _check_range(key, dict(values), grid=grid)
    elif not isinstance(values, (list, tuple)) or not values:
        raise RecipeError("neither a list of values nor a range", where=f"search.space.{key}", given=values)


def _check_range(key: str, values: dict[str, Any], *, grid: bool) -> None:
    where, example = f"search.space.{key}", "{low = 0.0001, high = 0.1, log = true}"
    if grid:
        raise RecipeError("a grid has lists only", where=where, given=values, instead="search.kind = 'random'")
    if set(values) - {"low", "high", "log"} or not {"low", "high"} <= set(values):
        raise RecipeError("not a range", where=where, given=values, instead=example)
    if not values["low"] < values["high"] or (values.get("log") and values["low"] <= 0):
        raise RecipeError("low must be below high, and above 0 with log", where=where, given=values, instead=example)


def _draw(values: Any, rng: np.random.Generator) -> Any:
    if not isinstance(values, Mapping):
        return values[int(rng.integers(len(values)))]
    low, high = values["low"], values["high"]
    if values.get("log"):
        number = math.exp(rng.uniform(math.log(low), math.log(high)))
    else:
        number = float(rng.uniform(low, high))
    whole = isinstance(low, int) and isinstance(high, int)
    return min(high, max(low, round(number))) if whole else number
