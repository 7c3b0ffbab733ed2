"""A formula and its numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from isinglass.cli.traces.options import Wanted
from isinglass.cli.traces.result import Found, renamed
from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.explanation.gradient_check import GradientCheck


def trace_formula(text: str, given: Sequence[str], wanted: Wanted) -> Found:
    """Trace a formula. `given` holds `NAME=NUMBER` for each of its variables. Raises UsageError."""
    from isinglass.explanation.trace.expression import trace_expression

    if wanted.optimizer is not None or wanted.rate is not None:
        raise UsageError("a formula has no weights to update", instead="leave out --optimizer and --rate.")
    values = dict(_value(part) for part in given)
    if len(values) < len(given):
        raise UsageError("a variable is given twice", given=" ".join(given))
    found = trace_expression(text, values)
    return Found(found, (), _check(text, values) if wanted.check else None)


def _value(part: str) -> tuple[str, float]:
    name, equals, number = part.partition("=")
    try:
        value = float(number) if equals else math.nan
    except ValueError:
        value = math.nan
    if not name or not math.isfinite(value):
        raise UsageError("a variable is given as NAME=NUMBER", given=part, instead=f"{name or 'x'}=2")
    return name.strip(), value


def _check(text: str, values: dict[str, float]) -> GradientCheck:
    import torch

    from isinglass.explanation.gradient_check import gradient_check
    from isinglass.explanation.trace.expression import function_of

    inputs = [torch.tensor(value, dtype=torch.float64) for value in values.values()]
    checked = gradient_check(function_of(text, tuple(values)), *inputs, entries=None)
    return renamed(checked, {f"input {n}": name for n, name in enumerate(values, start=1)})
