"""The names of a text's columns: its first line, or what the user gives where there is none."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from isinglass.data.tables.missing.tokens import MISSING_NUMBER, MOSTLY
from isinglass.data.tables.sources.csv_lines import NEWLINE, Lines, count_lines, header_fields
from isinglass.data.tables.sources.layout import Layout
from isinglass.data.tables.sources.numerals import COMMA, GRAMMAR, POINT
from isinglass.errors import DataError

LOOKED_AT, LINES = 1 << 16, 200
"""Bytes and lines below the first that say whether it is a row like them."""
NEAR = 2.0
"""So many times the range of a column beyond its ends a number may be one of its own."""
YEARS = (1500, 2200)
"""Whole numbers between them, and nothing else that speaks for a row, are names of columns."""
DATE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
NAMES_FIRST = "write the column names in the first line."
OTHERWISE = "`--set data.header=first` takes the first line for the names."


@dataclass(frozen=True)
class Names:
    """The names of the columns.

    Args:
        names: one a column; those that have none in the file are in `nameless`.
        inside: the first line of the text holds names (or is no row for another reason) and is no row.
        nameless: columns without a name, which go where they hold nothing.
        notes: what to tell.
    """

    names: list[str]
    inside: bool
    nameless: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def column_names(body: np.ndarray, separator: str, layout: Layout, *, where: str) -> Names:
    """The names of a text's columns.

    Raises:
        DataError: the first line is a row and nothing else names the columns; names occur more than once, or are not
            as many as the columns.
    """
    first = _bare(header_fields(body, separator, where=where))
    given = _split(layout.names, len(first))
    if given and first != list(given) and layout.header != "first":
        return _given(given, len(first), layout, where)
    if layout.header == "none" and not given:
        return _numbered(len(first))
    if layout.header == "auto" and not given:
        _require_names(body, first, separator, layout, where)
    found = _with_places(first)
    _require_different(found.names, where)
    notes = ("The first line holds the names of data.names: no row.",) if layout.header == "none" else ()
    return Names(found.names, True, found.nameless, notes)


def _bare(names: list[str]) -> list[str]:
    return [names[0].lstrip("\ufeff").strip('"'), *names[1:]] if names else names


def _split(names: Sequence[str], width: int) -> tuple[str, ...]:
    """The names that the recipe gives; one text with commas is a list of them."""
    if len(names) == 1 and width > 1:
        return tuple(name.strip() for name in names[0].split(","))
    return tuple(names)


def _given(given: tuple[str, ...], width: int, layout: Layout, where: str) -> Names:
    """The user's names; new rows may lack the targets."""
    fewer = tuple(name for name in given if name not in layout.absent)
    names = fewer if len(given) != width == len(fewer) else given
    if len(names) != width:
        raise DataError(
            f"data.names has {len(names)} names, the first line {width} fields",
            where=where,
            given=", ".join(names[:6]) + " ..." * (len(names) > 6),
            instead="one name for each column, in their order.",
        )
    _require_different(list(names), where)
    return Names(list(names), False, notes=("The first line is a row: the names are those of data.names.",))


def _numbered(width: int) -> Names:
    names = [f"column {k + 1}" for k in range(width)]
    return Names(names, False, notes=(f"The first line is a row: the columns are 'column 1' to 'column {width}'.",))


def _with_places(first: list[str]) -> Names:
    """Columns without a name are called by their place, but the first: it may count the rows."""
    names = [name or (f"column {k + 1}" if k else "") for k, name in enumerate(first)]
    nameless = tuple(name for name, own in zip(names, first, strict=True) if not own)
    return Names(names, True, nameless)


def _require_different(names: list[str], where: str) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if not repeated:
        return
    shown = ", ".join(f"'{name}'" for name in repeated)
    columns = [index + 1 for index, name in enumerate(names) if name in repeated]
    raise DataError(
        f"column names occur more than once: {shown} (columns {', '.join(map(str, columns))})",
        where=where,
        instead="give every column a name of its own.",
    )


def _require_names(body: np.ndarray, first: list[str], separator: str, layout: Layout, where: str) -> None:
    numbers = bool(first) and all(map(_is_number, first))
    if not numbers and not is_row(first, _rows_below(body, separator)):
        return
    width = len(first)
    beside = Path(where).with_suffix(".names")
    hint = f" {beside.name} beside the file may tell them." if beside != Path(where) and beside.exists() else ""
    raise DataError(
        "no header: the first line holds numbers only"
        if numbers
        else "no header: the first line is a row like those below",
        where=where,
        given=separator.join(first[:6]) + " ..." * (width > 6),
        instead=NAMES_FIRST
        if layout.learnt
        else f"{NAMES_FIRST[:-1]}, or give them, "
        f"`--set data.names='a, b, ...'` ({width} names).{hint} `--set data.header=none` calls them 'column 1' to "
        f"'column {width}'; {OTHERWISE}",
    )


def _rows_below(body: np.ndarray, separator: str) -> list[list[str]]:
    """The next lines, whole ones only."""
    head = bytes(body[:LOOKED_AT])
    if len(body) > LOOKED_AT:
        head = head[: head.rfind(b"\n") + 1]
    text = io.StringIO(head.decode("utf-8", errors="ignore"), newline="")
    rows = []
    try:
        for row in csv.reader(text, delimiter=separator):
            rows.append(row)
            if len(rows) > LINES:
                break
    except csv.Error:
        return []
    return rows[1:]


def is_row(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a first line holds values as the lines below it do, rather than names.

    A text above a column of numbers or dates is a name, and so is one that a column of few texts does not hold. Values
    are a text that occurs again in its column, a date above dates, and numbers in the range of theirs; but numbers
    that rise by equal steps, as wavelengths and years do, are names.
    """
    even = [row for row in below if len(row) == len(first)]
    if len(even) < 2:
        return False
    votes = [_vote(cell, pl.Series([row[k].strip() for row in even])) for k, cell in enumerate(first)]
    numbers = [float(cell) for cell, vote in zip(first, votes, strict=True) if vote in ("near", "far")]
    if "name" in votes or not {"row", "near"} & set(votes):
        return False
    if "row" not in votes and all(YEARS[0] <= number <= YEARS[1] and number.is_integer() for number in numbers):
        return False
    return votes.count("far") <= votes.count("near") and not _is_ladder(numbers)


def _vote(cell: str, below: pl.Series) -> str:
    """What a cell of the first line seems to be beside those below it: a 'name', a 'row', a number 'near' to or 'far'
    from theirs, or nothing that can be told."""
    known = below.filter(~below.str.to_lowercase().is_in(sorted(MISSING_NUMBER)))
    if not cell or cell.lower() in MISSING_NUMBER or not len(known):
        return ""
    numeric, dated = _numbers(known).sum() > MOSTLY * len(known), _dates(known).sum() > MOSTLY * len(known)
    if _is_number(cell):
        return _number_vote(float(cell), known) if numeric else ""
    alone = pl.Series([cell])
    if numeric or dated:
        return "row" if (numeric and _numbers(alone)[0]) or (dated and _dates(alone)[0]) else "name"
    if (known == cell).any():
        return "row"
    return "name" if known.n_unique() <= MOSTLY * len(known) else ""


def _numbers(cells: pl.Series) -> pl.Series:
    return cells.str.contains(GRAMMAR[POINT]) | cells.str.contains(GRAMMAR[COMMA])


def _dates(cells: pl.Series) -> pl.Series:
    return cells.str.contains(DATE)


def _number_vote(value: float, known: pl.Series) -> str:
    values = known.cast(pl.Float64, strict=False).drop_nulls()
    if not len(values):
        return ""
    low, high = float(values.min()), float(values.max())  # type: ignore[arg-type]
    reach = NEAR * (high - low)
    return "near" if low - reach <= value <= high + reach else "far"


def _is_ladder(numbers: list[float]) -> bool:
    steps = np.diff(numbers)
    return len(steps) >= 2 and bool(steps[0] != 0 and np.allclose(steps, steps[0]))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def fitted(body: np.ndarray, separator: str, found: Names, lines: Lines) -> tuple[np.ndarray, Names, Lines]:
    """The same, or the text without its first line, where names and rows differ in empty fields at their ends alone."""
    width, named = lines.fields or 0, len(found.names)
    named_beyond = width < named and not set(found.names[width:]) <= set(found.nameless)
    if lines.unclosed or lines.rows != 1 or not found.inside or named_beyond:
        return body, found, lines
    more = [f"column {k + 1}" for k in range(named, width)]
    nameless = tuple(name for name in found.nameless if name in found.names[:width])
    told = (without_columns(named - width),) if width < named else ()
    changed = Names([*found.names[:width], *more], False, (*nameless, *more), (*found.notes, *told))
    rest = body[int(np.argmax(body == NEWLINE)) + 1 :]
    even = count_lines(rest, separator, fields=width)
    same = even.fields is None and (not more or _ends_empty(rest, separator, named))
    return (rest, changed, even) if same else (body, found, lines)


def without_columns(count: int) -> str:
    """The note about columns that have neither name nor value."""
    return f"{count} column{'s' * (count != 1)} without a name and without a value left out."


def _ends_empty(rest: np.ndarray, separator: str, named: int) -> bool:
    """Whether all fields beyond the names are empty."""
    text = io.StringIO(bytes(rest).decode("utf-8", errors="ignore"), newline="")
    return all(not any(cell.strip() for cell in row[named:]) for row in csv.reader(text, delimiter=separator))
