"""Formulas as people type them, `(x + y) * z`, read by a grammar of our own: nothing is ever run as code.

::

    sum      = product (("+" | "-") product)*
    product  = sign (("*" | "/") sign)*
    sign     = "-" sign | "+" sign | power
    power    = atom (("**" | "^") sign)?          right-associative: 2 ** 3 ** 2 = 512, -x ** 2 = -(x ** 2)
    atom     = number | name | function "(" sum ("," sum)* ")" | "(" sum ")"

A name is letters, digits and underscores, not starting with a digit; any other one stands in backquotes, as in
`` `air temp` * 2 ``.
No torch here: a formula computes with whatever it is given, numbers or tensors.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from isinglass.errors import UsageError

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
DEEPEST = 100
"""Levels of brackets, powers and signs within each other."""

LONGEST = 400
"""Numbers, names and signs of one formula."""

TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([^\W\d]\w*)|`([^`]+)`|(\*\*|[-+*/^(),]))"
)


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


def parse(text: str, *, where: str = "expression") -> Expression:
    """Read a formula.

    Args:
        text: as in `exp(-x ** 2) * (y + 1)`.
        where: what the message calls it.

    Raises:
        UsageError: for anything that is not a formula; the message shows the place.
    """
    reader = _Reader(text, where)
    tree = reader.whole()
    return Expression(text, tree, tuple(dict.fromkeys(_names(tree))))


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


def _real(value: Any) -> Any:
    if isinstance(value, complex):
        raise ValueError("a negative number has no real power of this kind")
    return value


def _names(node: Node) -> list[str]:
    if isinstance(node, Variable):
        return [node.name]
    return [name for part in node.arguments for name in _names(part)] if isinstance(node, Call) else []


class _Reader:
    """Recursive descent over the tokens of a text; one method a line of the grammar."""

    def __init__(self, text: str, where: str) -> None:
        self.text, self.where, self.place, self.depth = text, where, 0, 0
        self.tokens = list(self._tokens())

    def whole(self) -> Node:
        """The whole text as one sum."""
        if len(self.tokens) > LONGEST:
            self._point(f"a formula has {LONGEST} numbers, names and signs at most", self.tokens[LONGEST][2])
        if not self.tokens:
            raise UsageError("the formula is empty", where=self.where, instead="for example '(x + y) * z'")
        tree = self._sum()
        if self.place < len(self.tokens):
            self._refuse("an operator is missing before this" if self._sign() not in (")", ",") else "not expected")
        return tree

    def _tokens(self) -> Iterator[tuple[str, str, int]]:
        at = 0
        while self.text[at:].strip():
            found = TOKEN.match(self.text, at)
            if found is None:
                at += len(self.text[at:]) - len(self.text[at:].lstrip())
                self._point("a formula has no such sign", at)
            number, name, quoted, sign = found.groups()
            kind = "number" if number else "name" if name else "quoted" if quoted else "sign"
            yield kind, number or name or quoted or sign, found.end() - len(found.group().strip())
            at = found.end()

    def _sum(self) -> Node:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._chain(("*", "/"), self._signed)

    def _chain(self, signs: tuple[str, ...], part: Callable[[], Node]) -> Node:
        tree = part()
        while (sign := self._sign()) in signs:
            self.place += 1
            tree = Call(SIGNS[sign], (tree, part()))
        return tree

    def _signed(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(f"more than {DEEPEST} levels within each other")
        try:
            if (sign := self._sign()) not in ("+", "-"):
                return self._power()
            self.place += 1
            return Call("neg", (self._signed(),)) if sign == "-" else self._signed()
        finally:
            self.depth -= 1

    def _power(self) -> Node:
        base = self._atom()
        if self._sign() not in ("**", "^"):
            return base
        self.place += 1
        return Call("pow", (base, self._signed()))

    def _atom(self) -> Node:
        if self.place == len(self.tokens):
            self._refuse("a number, a name or a bracket is missing at the end")
        kind, word, _ = self.tokens[self.place]
        self.place += 1
        if kind == "number":
            return Number(float(word))
        if kind == "sign":
            if word == "(":
                return self._closed()
            self.place -= 1
            self._refuse("a number, a name or a bracket is missing before this")
        if kind == "name" and self._sign() == "(":
            return self._call(word)
        if kind == "name" and word in CONSTANTS:
            return Number(CONSTANTS[word])
        return Variable(word)

    def _call(self, name: str) -> Node:
        if name not in ONE and name not in TWO:
            self.place -= 1
            near = difflib.get_close_matches(name, [*ONE, *TWO], n=1)
            self._refuse(f"unknown function '{name}'", allowed=[*ONE, *TWO], near=near)
        self.place += 1
        arguments = [self._sum()]
        while self._sign() == ",":
            self.place += 1
            arguments.append(self._sum())
        if len(arguments) != (wanted := 1 if name in ONE else 2):
            self._refuse(f"{name} takes {'one value' if wanted == 1 else 'two values'}, not {len(arguments)}")
        self._close()
        return Call(name, tuple(arguments))

    def _closed(self) -> Node:
        inner = self._sum()
        self._close()
        return inner

    def _close(self) -> None:
        if self._sign() != ")":
            self._refuse("a closing bracket is missing here")
        self.place += 1

    def _sign(self) -> str:
        if self.place == len(self.tokens):
            return ""
        kind, word, _ = self.tokens[self.place]
        return word if kind == "sign" else "a word"

    def _refuse(self, what: str, *, allowed: object = None, near: list[str] | None = None) -> NoReturn:
        at = self.tokens[self.place][2] if self.place < len(self.tokens) else len(self.text)
        self._point(what, at, allowed=allowed, near=near)

    def _point(self, what: str, at: int, *, allowed: object = None, near: list[str] | None = None) -> NoReturn:
        raise UsageError(
            what,
            where=f"{self.where}, character {at + 1}",
            given=f"{self.text[:at]} --> {self.text[at:]}".strip(),
            allowed=allowed,
            instead=f"did you mean '{near[0]}'?" if near else None,
        )
