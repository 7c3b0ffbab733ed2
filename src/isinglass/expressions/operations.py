"""What formulas compute with: signs, functions and constants, on numbers or tensors."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

CONSTANTS = {"pi": math.pi, "e": math.e}
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}
SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "^": "pow"}
ONE: dict[str, Callable[[float], float]] = {
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "tanh": math.tanh,
    "abs": abs,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x)),
}
"""Functions of one number; for a tensor, its method of the same name."""
TWO = {"max": "min", "min": "max"}
"""Functions of two numbers, and the bound of `Tensor.clamp` that they are."""


def compute(operation: str, *arguments: Any) -> Any:
    """One operation on numbers or tensors: a key of `ARITHMETIC`, `ONE`, `TWO`, or 'neg'.

    Raises:
        ArithmeticError, ValueError: numbers only: as Python's own.
    """
    if operation == "neg":
        return -arguments[0]
    if operation in ARITHMETIC:
        return _real(ARITHMETIC[operation](*arguments))
    if operation in TWO:
        first, second = arguments if hasattr(arguments[0], "clamp") else arguments[::-1]
        if hasattr(first, "clamp"):
            return first.clamp(**{TWO[operation]: second})
        return max(arguments) if operation == "max" else min(arguments)
    method = getattr(arguments[0], operation, None)
    return method() if method is not None else ONE[operation](arguments[0])


def _real(value: Any) -> Any:
    if isinstance(value, complex):
        raise ValueError("a negative number has no real power of this kind")
    return value
