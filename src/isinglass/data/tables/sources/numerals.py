"""How the numbers of a column are written: with decimal points or commas, with marks between thousands or without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from isinglass.data.tables.missing.tokens import MISSING_NUMBER, MOSTLY
from isinglass.data.tables.sources.frame import Frame, LazyFrame

POINT, COMMA = ".", ","
BLANKS = "\u0020\u00a0\u2009\u202f"
QUOTES = "'\u2019"
MINUS = "\u2212"
BEFORE, AFTER = rf"^\s*(?:[<>\u2264\u2265]=?\s*)?[-+{MINUS}]?", r"(?:[eE][-+]?[0-9]+)?\s*$"
EACH = rf"(?:[{BLANKS}][0-9]{{3}})+|(?:[{QUOTES}][0-9]{{3}})+"


def _grammar(decimal: str, mark: str, more: str = "") -> str:
    whole = rf"(?:[1-9][0-9]{{0,2}}(?:(?:{mark}[0-9]{{3}})+|{EACH}){more}|[0-9]+)"
    return rf"{BEFORE}(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+){AFTER}"


GRAMMAR = {
    POINT: _grammar(r"\.", ",", r"|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"),  # 12,34,567 in India
    COMMA: _grammar(",", r"\."),
}
GROUPED = {
    POINT: rf"[0-9][,{BLANKS}{QUOTES}][0-9]",
    COMMA: rf"[0-9][.{BLANKS}{QUOTES}][0-9]",
}
"""A mark between thousands."""
LONG = rf"{BEFORE}[0-9]{{5,}}(?:[.,][0-9]*)?{AFTER}"
"""Five digits in a row: who writes marks between thousands writes them there."""


@dataclass(frozen=True)
class Evidence:
    """How many cells of a column are what. Counted as far as something depends on it.

    Args:
        cells: that hold text.
        numbers: that are numbers in one grammar or in both.
        point: that a decimal point alone reads, as 0.5 or 1,234.56.
        comma: that a decimal comma alone reads.
        missing: that mean 'no value'.
        points: that both read, differently, and that have a point, as 1.446.
        commas: the same with a comma.
        long: five and more digits in a row.
        points_grouped: with marks between thousands, where the decimal mark is a point; or with another minus.
        commas_grouped: the same where it is a comma.
    """

    cells: int
    numbers: int
    point: int
    comma: int
    missing: int = 0
    points: int = 0
    commas: int = 0
    long: int = 0
    points_grouped: int = 0
    commas_grouped: int = 0

    @property
    def numeric(self) -> bool:
        """Most cells are numbers in one way or another."""
        return self.numbers > MOSTLY * (self.cells - self.missing)

    @property
    def proof(self) -> str:
        """The decimal mark that the column proves alone, if any."""
        if self.point and self.comma:
            return ""
        return POINT if self.point else COMMA if self.comma else ""

    def grouped(self, mark: str) -> bool:
        """Whether there are marks between thousands beside this decimal mark."""
        return bool(self.commas_grouped if mark == COMMA else self.points_grouped)

    def contradicts(self, mark: str) -> bool:
        """Whether some cells have marks between thousands and others, of five digits and more, have none."""
        return bool(self.long and (self.commas if mark == POINT else self.points))


def look(frame: Frame, columns: Iterable[str]) -> dict[str, Evidence]:
    """What the columns of numbers among the columns of text look like."""
    first = _counted(frame, {column: _first(column) for column in columns})
    found = {column: Evidence(**counts) for column, counts in first.items() if counts["numbers"]}
    unsure = {column: _second(column) for column, item in found.items() if not (item.numeric and item.proof)}
    found |= {column: replace(found[column], **counts) for column, counts in _counted(frame, unsure).items()}
    found = {column: item for column, item in found.items() if item.numeric}
    third = {column: _third(column, item.proof) for column, item in found.items()}
    return {column: replace(found[column], **counts) for column, counts in _counted(frame, third).items()}


def _first(column: str) -> dict[str, pl.Expr]:
    point, comma = (_cell(column).str.contains(GRAMMAR[mark]) for mark in (POINT, COMMA))
    return {
        "cells": pl.col(column).is_not_null(),
        "numbers": point | comma,
        "point": point & ~comma,
        "comma": comma & ~point,
    }


def _second(column: str) -> dict[str, pl.Expr]:
    cell = _cell(column)
    both = cell.str.contains(GRAMMAR[POINT]) & cell.str.contains(GRAMMAR[COMMA])
    return {
        "missing": cell.str.to_lowercase().is_in(sorted(MISSING_NUMBER)),
        "points": both & cell.str.contains(POINT, literal=True),
        "commas": both & cell.str.contains(COMMA, literal=True),
        "long": cell.str.contains(LONG),
    }


def _third(column: str, proof: str) -> dict[str, pl.Expr]:
    names = {POINT: "points_grouped", COMMA: "commas_grouped"}
    return {
        names[mark]: _cell(column).str.contains(f"{GROUPED[mark]}|{MINUS}") for mark in names if proof in ("", mark)
    }


def _cell(column: str) -> pl.Expr:
    return pl.col(column).str.strip_chars()


def _counted(frame: Frame, wanted: Mapping[str, Mapping[str, pl.Expr]]) -> dict[str, dict[str, int]]:
    """How often each expression holds, in one pass over the columns that are asked for."""
    keys = [(column, name) for column, rows in wanted.items() for name in rows]
    if not keys:
        return {}
    sums = [wanted[column][name].sum().alias(str(k)) for k, (column, name) in enumerate(keys)]
    found = iter(selected(frame, list(wanted), sums).row(0))
    return {column: {name: int(next(found) or 0) for name in rows} for column, rows in wanted.items()}


def selected(frame: Frame, columns: list[str], expressions: list[pl.Expr]) -> pl.DataFrame:
    """Expressions of some columns, in memory."""
    if isinstance(frame, LazyFrame):
        return frame.scan.select(expressions).collect()
    return pl.DataFrame({name: frame[name] for name in columns}).select(expressions)


def plain(column: str, mark: str, found: Evidence) -> pl.Expr:
    """The cells of a column as Python writes numbers; those that are none stay."""
    if mark == COMMA and found.numbers == found.cells and not found.grouped(mark):
        return pl.col(column).str.replace(COMMA, POINT, literal=True)
    cell = _cell(column)
    other = "," if mark == POINT else r"\."
    bare = cell.str.replace_all(rf"[{BLANKS}{QUOTES}]|{other}", "").str.replace_all(MINUS, "-", literal=True)
    number = bare.str.replace(COMMA, POINT, literal=True) if mark == COMMA else bare
    return pl.when(cell.str.contains(GRAMMAR[mark])).then(number).otherwise(pl.col(column))
