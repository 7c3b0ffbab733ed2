"""Keyword options of a machine, `machine.options`, read into a dataclass."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from isinglass.errors import MachineError
from isinglass.recipe import MachineRecipe


@dataclass(frozen=True)
class NoOptions:
    """Of a machine that has none."""


T = TypeVar("T")


def read_options(recipe: MachineRecipe, form: type[T]) -> T:
    """The options as a dataclass `form`: each must be one of its fields, of its default's type.

    Raises:
        MachineError: for an unknown option, naming the nearest, or a value of another type.
    """
    known = {field.name: field.default for field in fields(form)}  # pyright: ignore[reportArgumentType]
    for name, value in recipe.options.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            cure = f"did you mean '{near[0]}'?" if near else None
            raise MachineError(
                f"unknown option of '{recipe.kind}'",
                where="machine.options",
                given=name,
                allowed=list(known) or "no options",
                instead=cure,
            )
        if not _suits(value, known[name]):
            raise MachineError(
                "the option has another type",
                where=f"machine.options.{name}",
                given=repr(value),
                allowed=_kind(known[name]),
            )
    return form(**recipe.options)


def _suits(value: Any, default: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, float):
        return isinstance(value, (int, float))
    return isinstance(value, type(default))


def _kind(default: Any) -> str:
    names = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "a text"}
    return f"{names.get(type(default).__name__, type(default).__name__)}, as {default!r}"
