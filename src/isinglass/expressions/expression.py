"""A formula that was read: a tree of numbers, names and operations, its value, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isinglass.errors import UsageError
from isinglass.expressions.operations import ARITHMETIC, SIGNS, compute


@dataclass(frozen=True)
class Number:
    """A number as it is written, or a constant."""

    value: float


@dataclass(frozen=True)
class Variable:
    """A name that stands for a value."""

    name: str


@dataclass(frozen=True)
class Call:
    """An operation on its arguments: a key of `ARITHMETIC`, `ONE` or `TWO`, or 'neg'."""

    operation: str
    arguments: tuple[Node, ...]


Node = Number | Variable | Call


@dataclass(frozen=True)
class Expression:
    """A formula that was read.

    Args:
        text: as given.
        tree: its outermost operation.
        names: the variables, in the order in which they first appear.
    """

    text: str
    tree: Node
    names: tuple[str, ...]

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """The value, from numbers or tensors by name (tensors must broadcast).

        Raises:
            UsageError: numbers only: for a division by zero, or a function outside its domain.
        """
        return self._value(self.tree, values)

    def _value(self, node: Node, values: Mapping[str, Any]) -> Any:
        if isinstance(node, Number):
            return node.value
        if isinstance(node, Variable):
            return values[node.name]
        arguments = [self._value(argument, values) for argument in node.arguments]
        try:
            return compute(node.operation, *arguments)
        except (ArithmeticError, ValueError) as error:
            raise UsageError(
                f"the formula has no value here: {error}", where=f"'{self.text}'", given=written(node)
            ) from None


def written(node: Node) -> str:
    """A part of a formula with every bracket that tells its order."""
    if isinstance(node, Number):
        return f"{node.value:g}"
    if isinstance(node, Variable):
        return node.name if re.fullmatch(r"[^\W\d]\w*", node.name) else f"`{node.name}`"
    parts = [written(argument) for argument in node.arguments]
    if node.operation == "neg":
        return f"-{parts[0]}"
    if node.operation in ARITHMETIC:
        sign = next(sign for sign, name in SIGNS.items() if name == node.operation)
        return f"({parts[0]} {sign} {parts[1]})"
    return f"{node.operation}({', '.join(parts)})"
