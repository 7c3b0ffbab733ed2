"""Decimal commas and marks between thousands: 1.234,56 and 1,234.56 are told apart by the column, then by the file.

A number as it may be written is one of two grammars: with a decimal point, and commas, apostrophes or spaces between
groups of three digits; or with a decimal comma, and points, apostrophes or spaces. A column with a cell that only one
of them reads (`0,5`, `1.234,56`, `1.234.567`) proves it. Of `1.446` both read something: it is decided by what the
other columns of the file prove, or by what the model knows of the column, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from isinglass.data.tables.columns import read_headers
from isinglass.data.tables.sources.frame import Frame, LazyFrame, Table, Wrapped
from isinglass.data.tables.sources.layout import Layout
from isinglass.data.tables.sources.numerals import COMMA, GRAMMAR, GROUPED, POINT, Evidence, look, plain
from isinglass.errors import DataError

WIDE, TAB = ";", "\t"
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
class Doubtful(Wrapped):
    """A frame some of whose columns cannot be read: the error is raised when such a column is asked for."""

    errors: Mapping[str, DataError]

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
    evidence = _evidence(table, stay, layout)
    said = "" if layout.decimal == "auto" else MARKS[layout.decimal]
    proofs = {found.proof for found in evidence.values()} - {""}
    file = _File(
        said or (proofs.copy().pop() if len(proofs) == 1 else ""),
        bool(said),
        len(proofs) > 1,
        table.separator,
        any(found.commas for found in evidence.values()),
    )
    marks, errors = {}, {}
    for column, found in evidence.items():
        known = layout.known.get(names[column], layout.known.get(column, ""))
        marks[column], fault = _mark(found, file, known)
        if fault:
            errors[column] = _error(table, column, fault, known)
    convert = {column: mark or POINT for column, mark in marks.items() if _changes(evidence[column], mark)}
    convert = {column: mark for column, mark in convert.items() if column not in errors}
    frame = _converted(table.frame, convert, evidence)
    notes = [*_notes(table.frame, convert, evidence), *_assumed(table, evidence, marks, file)]
    decimals = {column: file.kin + mark for column, mark in marks.items() if mark}
    return replace(
        table,
        frame=Doubtful(frame, errors) if errors else frame,
        notes=(*table.notes, *notes),
        decimals=decimals,
    )


@dataclass(frozen=True)
class _File:
    """The decimal mark of a file: what it is, whether the user said it, whether columns disagree, the separator, and
    whether any number has a comma."""

    mark: str
    said: bool
    disputed: bool
    separator: str
    commas: bool

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
    if not (found.points or found.commas):
        return file.mark or known[-1:], ""
    mark = _agreed(file, known)
    if mark:
        return mark, "marks between thousands in some cells only" if found.contradicts(mark) else ""
    points = not file.kin or (file.separator == TAB and not file.commas)  # instruments write tabs and points
    alone = points and not (found.commas or file.disputed or known)
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
    return found.grouped(mark) or (mark == COMMA and bool(found.comma))


def _evidence(table: Table, stay: set[str], layout: Layout) -> dict[str, Evidence]:
    """What the columns of numbers look like, where there may be something to see."""
    if not (table.marked or any(form[-1] == COMMA for form in layout.known.values())):
        return {}
    texts = [column for column, dtype in _schema(table.frame).items() if dtype == pl.String and column not in stay]
    return look(table.frame, texts)


def _schema(frame: Frame) -> dict[str, pl.DataType]:
    if isinstance(frame, LazyFrame):
        return dict(frame.scan.collect_schema())
    return {name: frame[name].dtype for name in frame.columns}


def _converted(frame: Frame, marks: dict[str, str], evidence: dict[str, Evidence]) -> Frame:
    if not marks:
        return frame
    expressions = [plain(column, mark, evidence[column]).alias(column) for column, mark in marks.items()]
    if isinstance(frame, LazyFrame):
        return replace(frame, scan=frame.scan.with_columns(expressions))
    return pl.DataFrame({name: frame[name] for name in frame.columns}).with_columns(expressions)


def _notes(frame: Frame, marks: dict[str, str], evidence: dict[str, Evidence]) -> list[str]:
    commas = [column for column, mark in marks.items() if mark == COMMA and _has_comma(frame, column, evidence[column])]
    grouped = [column for column, mark in marks.items() if evidence[column].grouped(mark)]
    examples = {column: _example(frame, column, marks[column], evidence[column]) for column in grouped}
    thousands = [f"{column} ('{cell}' is {number})" for column, (cell, number) in examples.items() if cell]
    notes = [f"Decimal commas read in {', '.join(commas)}."] if commas else []
    if thousands:
        more = f" and {len(thousands) - SHOWN} more" if len(thousands) > SHOWN else ""
        notes.append(f"Marks between thousands left out: {', '.join(thousands[:SHOWN])}{more}.")
    return notes


def _assumed(table: Table, evidence: Mapping[str, Evidence], marks: Mapping[str, str], file: _File) -> list[str]:
    """Instruments write tabs and decimal points: where no number of the file has a comma, 1.446 is a decimal."""
    if file.mark or file.separator != TAB:
        return []
    assumed = [name for name, found in evidence.items() if found.points and not found.proof and marks[name] == POINT]
    if not assumed:
        return []
    cells = table.frame[assumed[0]].str.strip_chars()
    cell = cells.filter(cells.str.contains(r"[.]").fill_null(value=False))[0]
    columns = ", ".join(assumed[:SHOWN]) + " ..." * (len(assumed) > SHOWN)
    return [f"Read with decimal points: {columns} ('{cell}'); no number of the file has a comma (data.decimal)."]


def _has_comma(frame: Frame, column: str, evidence: Evidence) -> bool:
    """Whether decimals occur: 1.234.567 proves the comma without having one."""
    return bool(evidence.comma) and bool(frame[column].str.contains(COMMA, literal=True).any())


def _example(frame: Frame, column: str, mark: str, evidence: Evidence) -> tuple[str, str]:
    """A number with a mark between thousands, and what it is; two empty texts where there is none."""
    cells = frame[column].str.strip_chars()
    found = cells.filter(cells.str.contains(GRAMMAR[mark]) & cells.str.contains(GROUPED[mark])).head(1)
    if not len(found):
        return "", ""
    return found[0], found.to_frame().select(plain(column, mark, evidence)).item()


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
