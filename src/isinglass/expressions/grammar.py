"""The grammar of formulas: recursive descent over the tokens of a text.

::

    sum      = product (("+" | "-") product)*
    product  = sign (("*" | "/") sign)*
    sign     = "-" sign | "+" sign | power
    power    = atom (("**" | "^") sign)?          right-associative: 2 ** 3 ** 2 = 512, -x ** 2 = -(x ** 2)
    atom     = number | name | function "(" sum ("," sum)* ")" | "(" sum ")"

A name is letters, digits and underscores, not starting with a digit; any other one stands in backquotes, as in
`` `air temp` * 2 ``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from typing import NoReturn

from isinglass.errors import UsageError
from isinglass.expressions.expression import Call, Expression, Node, Number, Variable
from isinglass.expressions.operations import CONSTANTS, ONE, SIGNS, TWO

DEEPEST = 100
"""Levels of brackets, powers and signs within each other."""

LONGEST = 400
"""Numbers, names and signs of one formula."""

TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|([^\W\d]\w*)|`([^`]+)`|(\*\*|[-+*/^(),]))"
)


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
