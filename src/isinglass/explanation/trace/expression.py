"""A formula and its numbers as a graph: `(x + y) * z` at x = -2, y = 5, z = -4."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from isinglass.errors import UsageError
from isinglass.explanation.trace.display import Trace
from isinglass.explanation.trace.graph import Node
from isinglass.explanation.trace.options import TraceOptions
from isinglass.explanation.trace.tracing import trace
from isinglass.expressions import Call, Expression, Number, Variable, compute, parse
from isinglass.expressions import Node as Part

CHOOSING = {"max": torch.maximum, "min": torch.minimum}


def trace_expression(text: str, values: Mapping[str, float]) -> Trace:
    """Trace a formula in float64.

    Args:
        text: one formula, or several with names, `q = x + y; f = q * z`: a name may be used after it was defined, and
            the last formula is the result.
        values: a number for every name that is not defined.

    Raises:
        UsageError: the text is no formula, a name has no value, a value is not used, or there is no value at this
            place (a division by zero, the logarithm of a negative number).
    """
    formulas = _formulas(text)
    _require_all_used(formulas, values)
    known: dict[str, float] = dict(values)
    for name, formula in formulas.items():  # plain numbers first: they have messages for what has no value
        known[name] = float(formula(known))
    names = [name for formula in formulas.values() for name in formula.names if name in values]
    names = list(dict.fromkeys(names))
    between: dict[str, Tensor] = {}
    inputs = [torch.tensor(float(values[name]), dtype=torch.float64) for name in names]
    made = trace(function_of(text, names, between), *inputs, asked=TraceOptions(names=names, named=between))
    return replace(made, notes=(*made.notes, *(note for node in made.nodes if (note := _kink(made, node)))))


def function_of(
    text: str, names: Sequence[str], between: MutableMapping[str, Tensor] | None = None
) -> Callable[..., Tensor]:
    """The formula as a function of tensors in the order of `names`; `between` is filled with the named results."""
    formulas = _formulas(text)

    def run(*inputs: Tensor) -> Tensor:
        found = dict(zip(names, inputs, strict=True))
        for name, formula in formulas.items():
            found[name] = _value(formula.tree, found)
            if between is not None and name and isinstance(formula.tree, Call):
                between[name] = found[name]
        return found[list(formulas)[-1]]

    return run


def _formulas(text: str) -> dict[str, Expression]:
    """Name -> formula, in order; a last one without a name has the name ''."""
    parts = [part for part in text.replace("\n", ";").split(";") if part.strip()]
    formulas: dict[str, Expression] = {}
    for place, part in enumerate(parts):
        name, equals, rest = part.rpartition("=")
        name = name.strip()
        if not equals and place < len(parts) - 1:
            raise UsageError(
                "only the last formula may be without a name", given=part.strip(), instead="q = x + y; ..."
            )
        if equals and (not name.isidentifier() or name in formulas):
            raise UsageError("a formula is given one new name", given=part.strip(), instead="q = x + y; f = q * z")
        formulas[name] = parse(rest)
    return formulas or {"": parse(text)}


def _require_all_used(formulas: Mapping[str, Expression], values: Mapping[str, float]) -> None:
    defined: set[str] = set()
    used: set[str] = set()
    for name, formula in formulas.items():
        for needed in formula.names:
            if needed not in values and needed not in defined:
                raise UsageError(
                    f"'{needed}' has no value",
                    where=f"'{formula.text.strip()}'",
                    allowed=sorted({*values, *defined}) or None,
                    instead=f"add {needed}=1, or another number.",
                )
        used |= set(formula.names)
        defined.add(name)
    for name in values:
        if name in defined:
            raise UsageError(f"'{name}' is given a value and defined by a formula", given=f"{name}={values[name]:g}")
        if name not in used:
            near = difflib.get_close_matches(name, used, n=1)
            cure = f"did you mean '{near[0]}'?" if near else "leave it out."
            raise UsageError("the formula does not use this value", given=name, allowed=sorted(used), instead=cure)
    if not used:
        raise UsageError("the formula has no variable: there is nothing to trace", instead="(x + y) * z")


def _value(node: Part, values: Mapping[str, Tensor]) -> Tensor:
    """As `Expression` computes, but with torch's operations of two numbers by name; plain numbers stay numbers."""
    found = _part(node, values)
    return found if isinstance(found, Tensor) else torch.tensor(found, dtype=torch.float64)


def _part(node: Part, values: Mapping[str, Tensor]) -> Tensor | float:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Variable):
        return values[node.name]
    assert isinstance(node, Call)
    arguments = [_part(argument, values) for argument in node.arguments]
    if node.operation in CHOOSING and any(isinstance(argument, Tensor) for argument in arguments):
        one, other = (torch.as_tensor(argument, dtype=torch.float64) for argument in arguments)
        return CHOOSING[node.operation](one, other)
    return compute(node.operation, *arguments)


def _kink(made: Trace, node: Node) -> str:
    """What torch takes where a function has no derivative."""
    sources = [made.node(edge.source).value.scalar for edge in made.into(node)]
    if node.operation in ("relu", "abs") and sources == [0.0]:
        return f"{node.name} = {node.text} has a kink at 0: the derivative is taken to be 0 there"
    if node.operation in ("maximum", "minimum") and len(sources) == 2 and sources[0] == sources[1]:
        return f"{node.name} = {node.text} has a kink where both are equal: the gradient is shared evenly"
    return ""
