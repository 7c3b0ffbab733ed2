"""Decimal commas and marks between thousands: 1.234,56 and 1,234.56 are told apart by the column, then by the file.

A number as it may be written is one of two grammars: with a decimal point, and commas, apostrophes or spaces between
groups of three digits; or with a decimal comma, and points, apostrophes or spaces. A column with a cell that only one
of them reads (`0,5`, `1.234,56`, `1.234.567`) proves it. Of `1.446` both read something: it is decided by what the
other columns of the file prove, or by what the model knows of the column, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import polars as pl

from isinglass.data.cells import MISSING_NUMBER, MOSTLY
from isinglass.data.columns import read_headers
from isinglass.data.sources.frame import Frame, LazyFrame, Table
from isinglass.data.sources.layout import Layout
from isinglass.errors import DataError

POINT, COMMA = ".", ","
BLANKS = "\u0020\u00a0\u2009\u202f"
QUOTES = "'\u2019"
MINUS = "\u2212"
BEFORE, AFTER = rf"^\s*(?:[<>\u2264\u2265]=?\s*)?[-+{MINUS}]?", r"(?:[eE][-+]?\d+)?\s*$"
EACH = rf"(?:[{BLANKS}]\d{{3}})+|(?:[{QUOTES}]\d{{3}})+"


def _grammar(decimal: str, mark: str, more: str = "") -> str:
    whole = rf"(?:[1-9]\d{{0,2}}(?:(?:{mark}\d{{3}})+|{EACH}){more}|\d+)"
    return rf"{BEFORE}(?:{whole}(?:{decimal}\d*)?|{decimal}\d+){AFTER}"


GRAMMAR = {
    POINT: _grammar(r"\.", ",", r"|[1-9]\d?(?:,\d{2})+,\d{3}"),  # 12,34,567 in India
    COMMA: _grammar(",", r"\."),
}
MARKED = rf"[,{QUOTES}{MINUS}]|\d[{BLANKS}]\d"
GROUPED = {
    POINT: rf"\d[,{BLANKS}{QUOTES}]\d",
    COMMA: rf"\d[.{BLANKS}{QUOTES}]\d",
}
LONG = rf"{BEFORE}\d{{5,}}(?:[.,]\d*)?{AFTER}"
"""Five digits in a row: who writes marks between thousands writes them there."""

WIDE = ";"
KEYS = {POINT: "point", COMMA: "comma"}
MARKS = {name: mark for mark, name in KEYS.items()}
SHOWN = 4
SAY = (
    "write numbers as 1234.5; or say what the file has, `--set data.decimal=comma` or `--set data.decimal=point`; text "
    "that is no number is kept with `--kind NAME=categorical`."
)
LEARNT = (
    "numbers as 1234.5 with other than three decimals, or a file like that of the training rows, in which this column "
    "had a decimal {}."
)


@dataclass(frozen=True)
class Evidence:
    """How many cells of a column are what.

    Args:
        present: cells that are not missing.
        point: that a decimal point alone reads, as 0.5 or 1,234.56.
        comma: that a decimal comma alone reads.
        points: that both read, differently, and that have a point, as 1.446.
        commas: the same with a comma.
        plain: that both read alike, as 517 or 1 234.
        marked: numbers with a comma, a space, an apostrophe or another minus.
        long: five and more digits in a row.
    """

    present: int
    point: int
    comma: int
    points: int
    commas: int
    plain: int
    marked: int
    long: int

    @property
    def numeric(self) -> bool:
        """Most cells are numbers in one way or another."""
        return self.point + self.comma + self.points + self.commas + self.plain > MOSTLY * self.present

    @property
    def proof(self) -> str:
        """The decimal mark that the column proves alone, if any."""
        if self.point and self.comma:
            return ""
        return POINT if self.point else COMMA if self.comma else ""

    def contradicts(self, mark: str) -> bool:
        """Whether some cells have marks between thousands and others, of five digits and more, have none."""
        return bool(self.long and (self.commas if mark == POINT else self.points))


@dataclass(frozen=True)
class Doubtful:
    """A frame some of whose columns cannot be read: the error is raised when such a column is asked for."""

    frame: Frame
    errors: Mapping[str, DataError]

    @property
    def columns(self) -> list[str]:
        return self.frame.columns

    @property
    def height(self) -> int:
        return self.frame.height

    def __getitem__(self, name: str, /) -> pl.Series:
        if name in self.errors:
            raise self.errors[name]
        return self.frame[name]


def plain_numbers(table: Table, layout: Layout) -> Table:
    """The table with its numbers as Python writes them: 1.234,56 and 1'234.56 become 1234.56.

    Returns:
        The table, with notes; its `decimals` have the mark of each column. A column whose numbers cannot be told is an
        error when it is asked for.
    """
    names = {header.text: header.name for header in read_headers(table.frame.columns)}
    stay = {column for column, name in names.items() if {column, name} & layout.texts}
    evidence = {column: found for column, found in _evidence(table, stay, layout).items() if found.numeric}
    said = "" if layout.decimal == "auto" else MARKS[layout.decimal]
    proofs = {found.proof for found in evidence.values()} - {""}
    file = _File(
        said or (proofs.copy().pop() if len(proofs) == 1 else ""), bool(said), len(proofs) > 1, table.separator
    )
    marks, errors = {}, {}
    for column, found in evidence.items():
        known = layout.known.get(names[column], layout.known.get(column, ""))
        marks[column], fault = _mark(found, file, known)
        if fault:
            errors[column] = _error(table, column, fault, known)
    convert = {column: mark or POINT for column, mark in marks.items() if _changes(evidence[column], mark)}
    frame = _converted(table.frame, {column: mark for column, mark in convert.items() if column not in errors})
    notes = _notes(table.frame, {column: mark for column, mark in convert.items() if column not in errors}, evidence)
    decimals = {column: file.kin + mark for column, mark in marks.items() if mark}
    return replace(
        table,
        frame=Doubtful(frame, errors) if errors else frame,
        notes=(*table.notes, *notes),
        decimals=decimals,
    )


@dataclass(frozen=True)
class _File:
    """The decimal mark of a file: what it is, whether the user said it, whether columns disagree, the separator."""

    mark: str
    said: bool
    disputed: bool
    separator: str

    @property
    def kin(self) -> str:
        """Semicolons and tabs are how spreadsheets of countries with decimal commas separate columns."""
        return "" if self.separator in ("", COMMA) else WIDE


def _mark(found: Evidence, file: _File, known: str) -> tuple[str, str]:
    """The decimal mark of a column; or nothing, and what speaks against one."""
    if found.point and found.comma:
        return "", "decimal points and decimal commas in one column"
    if found.proof:
        wrong = file.said and found.proof != file.mark
        return found.proof, f"a decimal {KEYS[found.proof]}, where data.decimal is {KEYS[file.mark]}" if wrong else ""
    if not found.points and not found.commas:
        return file.mark or known[-1:], ""
    mark = _agreed(file, known)
    if mark:
        return mark, "marks between thousands in some cells only" if found.contradicts(mark) else ""
    alone = not (file.kin or found.commas or file.disputed or known)
    return (POINT, "") if alone else ("", "a number with a point or a comma, for thousands or for decimals")


def _agreed(file: _File, known: str) -> str:
    """The mark on which the file and the model agree. What the model has learnt from a file of another kin says nothing
    where this file proves its own, and is not enough where it does not."""
    same = known.startswith(WIDE) == (file.kin == WIDE)
    if not known or (file.mark and not same):
        return file.mark
    learnt = known[-1]
    return learnt if same and file.mark in ("", learnt) else ""


def _changes(found: Evidence, mark: str) -> bool:
    return bool(found.marked or (mark == COMMA and (found.comma or found.points)))


def _evidence(table: Table, stay: set[str], layout: Layout) -> dict[str, Evidence]:
    """What the cells of each column of text look like, counted in one pass."""
    if not (table.marked or any(form[-1] == COMMA for form in layout.known.values())):
        return {}
    frame = table.frame
    texts = [c for c, dtype in _schema(frame).items() if dtype == pl.String and c not in stay]
    counts = {(column, name): count for column in texts for name, count in _counts(column).items()}
    if not counts:
        return {}
    expressions = [count.alias(str(k)) for k, count in enumerate(counts.values())]
    row = dict(zip(counts, _select(frame, expressions).row(0), strict=True))
    names = [item.name for item in fields(Evidence)]
    return {column: Evidence(*(int(row[column, name] or 0) for name in names)) for column in texts}


def _counts(column: str) -> dict[str, pl.Expr]:
    cell = pl.col(column).str.strip_chars()
    point, comma = (cell.str.contains(GRAMMAR[mark]) for mark in (POINT, COMMA))
    both = point & comma
    has_point, has_comma = (cell.str.contains(mark, literal=True) for mark in (POINT, COMMA))
    found = {
        "present": ~cell.str.to_lowercase().is_in(sorted(MISSING_NUMBER)),
        "point": point & ~comma,
        "comma": comma & ~point,
        "points": both & has_point,
        "commas": both & has_comma,
        "plain": both & ~has_point & ~has_comma,
        "marked": (point | comma) & cell.str.contains(MARKED),
        "long": cell.str.contains(LONG),
    }
    return {name: rows.sum() for name, rows in found.items()}


def _schema(frame: Frame) -> dict[str, pl.DataType]:
    if isinstance(frame, LazyFrame):
        return dict(frame.scan.collect_schema())
    return {name: frame[name].dtype for name in frame.columns}


def _select(frame: Frame, expressions: list[pl.Expr]) -> pl.DataFrame:
    if isinstance(frame, LazyFrame):
        return frame.scan.select(expressions).collect()
    return pl.DataFrame({name: frame[name] for name in frame.columns}).select(expressions)


def _converted(frame: Frame, marks: dict[str, str]) -> Frame:
    if not marks:
        return frame
    expressions = [_plain(column, mark).alias(column) for column, mark in marks.items()]
    if isinstance(frame, LazyFrame):
        return LazyFrame(frame.scan.with_columns(expressions), frame.columns, frame.height)
    return pl.DataFrame({name: frame[name] for name in frame.columns}).with_columns(expressions)


def _plain(column: str, mark: str) -> pl.Expr:
    """The cells of a column as Python writes numbers; those that are none stay."""
    cell = pl.col(column).str.strip_chars()
    other = "," if mark == POINT else r"\."
    bare = cell.str.replace_all(rf"[{BLANKS}{QUOTES}]|{other}", "").str.replace_all(MINUS, "-", literal=True)
    number = bare.str.replace(COMMA, POINT, literal=True) if mark == COMMA else bare
    return pl.when(cell.str.contains(GRAMMAR[mark])).then(number).otherwise(pl.col(column))


def _notes(frame: Frame, marks: dict[str, str], evidence: dict[str, Evidence]) -> list[str]:
    commas = [column for column, mark in marks.items() if mark == COMMA and evidence[column].comma]
    examples = {column: _example(frame, column, mark) for column, mark in marks.items()}
    thousands = [f"{column} ('{cell}' is {number})" for column, (cell, number) in examples.items() if cell]
    notes = [f"Decimal commas read in {', '.join(commas)}."] if commas else []
    if thousands:
        more = f" and {len(thousands) - SHOWN} more" if len(thousands) > SHOWN else ""
        notes.append(f"Marks between thousands left out: {', '.join(thousands[:SHOWN])}{more}.")
    return notes


def _example(frame: Frame, column: str, mark: str) -> tuple[str, str]:
    """A number with a mark between thousands, and what it is; two empty texts where there is none."""
    cells = frame[column].str.strip_chars()
    found = cells.filter(cells.str.contains(GRAMMAR[mark]) & cells.str.contains(GROUPED[mark])).head(1)
    if not len(found):
        return "", ""
    return found[0], found.to_frame().select(_plain(column, mark)).item()


def _error(table: Table, column: str, fault: str, known: str) -> DataError:
    """The error for a column: the first cell that both grammars read, or one that each alone reads, the rarer first."""
    cells = table.frame[column].str.strip_chars()
    point, comma = (cells.str.contains(GRAMMAR[mark]).fill_null(value=False) for mark in (POINT, COMMA))
    marked = cells.str.contains(r"[.,]").fill_null(value=False)
    either, *alone = (
        (found & marked).arg_true().to_list() for found in (point & comma, comma & ~point, point & ~comma)
    )
    rows = [either[0]] if either else [found[0] for found in sorted(alone, key=len) if found]
    return DataError(
        fault,
        where=f"{table.where}, row {rows[0] + 1}, column '{column}'",
        given=" and ".join(repr(cells[row]) for row in rows),
        instead=LEARNT.format(KEYS[known[-1]]) if known else SAY.replace("NAME", column),
    )
