"""Input columns in laws: by name, or as a formula of them.

A text with an arithmetic sign, a bracket or a backquote is a formula (see `isinglass.expressions`), any other one is a
column's name; a column whose own name has such a sign stands in backquotes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from torch import Tensor

from isinglass.errors import ConstraintError, UsageError
from isinglass.expressions import Expression, parse

SIGNS = re.compile(r"[-+*/^()`]")


def names_of(text: str) -> tuple[str, ...]:
    """The columns that a text speaks of. Raises ConstraintError for a formula that cannot be read."""
    return formula(text).names if SIGNS.search(text) else (text,)


def column_of(text: str, columns: Mapping[str, Tensor]) -> Tensor:
    """The column, or the formula's value: float64 `[..., batch]`."""
    if not SIGNS.search(text):
        return columns[text].double()
    return value_of(formula(text), columns)


def value_of(expression: Expression, columns: Mapping[str, Tensor]) -> Tensor:
    """A formula's value in float64; a formula without variables is a number that broadcasts."""
    values = {name: columns[name].double() for name in expression.names}
    found = expression(values)
    if isinstance(found, Tensor):
        return found
    some = next(iter(columns.values()))
    return some.new_full((1,), found).double()


@lru_cache(maxsize=256)
def formula(text: str, where: str = "objective.constraints") -> Expression:
    """A formula, read. Raises ConstraintError where it is not one."""
    try:
        return parse(text, where=f"{where}: '{text}'")
    except UsageError as error:
        raise ConstraintError(
            error.what, where=error.where, given=error.given, allowed=error.allowed, instead=error.instead
        ) from None
