"""A residual that is a function of the user's own: named in the recipe, or given in Python."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from torch import Tensor

from isinglass.errors import ConstraintError

WHERE = "objective.equations"
GIVEN = "given in Python"
"""Stands for `function` in the recipe where that was not named but given."""
Own = Callable[[Mapping[str, Tensor], Mapping[str, Tensor], Callable[[Tensor, Tensor], Tensor]], Tensor]
"""`function(u, x, slope) -> [batch]`: outputs and inputs by name, each `[batch]`, and `slope(u["q"], x["t"])`."""


def whole(residual: object, rows: int) -> Tensor:
    """A residual that has a number for each row. Raises ConstraintError."""
    if isinstance(residual, Tensor) and residual.shape == (rows,):
        return residual
    shape = f"{type(residual).__name__}{list(residual.shape) if isinstance(residual, Tensor) else ''}"
    raise ConstraintError(
        "a residual is a tensor with one number for each row", where=WHERE, given=shape, allowed=f"Tensor[{rows}]"
    )


def found_at(path: str) -> Own:
    module, _, name = path.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConstraintError(
            f"the function is not found: {error}",
            where=f"{WHERE}.function",
            given=path,
            instead="'package.module:name'",
        ) from None
    if not callable(function):
        raise ConstraintError("this is not a function", where=f"{WHERE}.function", given=path)
    return function  # pyright: ignore[reportReturnType]
