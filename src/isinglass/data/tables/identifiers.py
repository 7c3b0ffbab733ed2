"""Columns of numbers that name something: patients, stations, catalogue entries."""

from __future__ import annotations

import re

import polars as pl

from isinglass.data.tables.missing.tokens import MOSTLY

DIGITS = 16
"""Whole numbers of so many digits are measured by nobody, and double precision cannot tell all of them apart."""

NAME = re.compile(r"(^|[\s_.\-])(id|ids|uid|uuid|guid|barcode|isbn|zip|zipcode|postcode|plz)$", re.IGNORECASE)
CAPITAL = re.compile(r"[a-z]I[Dd]$")
FEW = 12
"""Fewer different numbers may be levels of something."""


def long_number(cells: pl.Series, series: pl.Series) -> int:
    """The number of digits where a column holds whole numbers of `DIGITS` digits or more, else 0; and 0 where they rise
    from row to row, as moments in nanoseconds do.

    Args:
        cells: as they stand in the table.
        series: the same, typed.
    """
    if cells.dtype == pl.String and series.dtype.is_numeric():
        digits = cells.filter(series.is_not_null()).str.strip_chars().str.extract(r"^[+-]?(\d+)$").drop_nulls()
    elif series.dtype.is_integer():
        digits = series.drop_nulls().cast(pl.String).str.strip_chars_start("-")
    else:
        return 0
    present = len(series) - series.null_count()
    known = series.drop_nulls()
    if bool((known.slice(1) > known.head(len(known) - 1)).all()):  # a difference of unsigned numbers would wrap round
        return 0
    lengths = digits.str.len_chars()
    long = lengths.filter(lengths >= DIGITS)
    return int(long.median() or 0) if len(long) > MOSTLY * present else 0  # type: ignore[arg-type]


def padded(cells: pl.Series, series: pl.Series) -> str:
    """A cell with zeros before its number where all numbers of a column have the same three digits or more, as names
    have; nothing where they have not, or are times of the day (0030)."""
    if cells.dtype != pl.String or not series.dtype.is_integer() or series.n_unique() <= FEW:
        return ""
    texts = cells.filter(series.is_not_null()).str.strip_chars()
    zeros = texts.filter(texts.str.contains(r"^0\d{2,}$"))
    if not len(zeros) or texts.str.len_chars().n_unique() > 1:
        return ""
    clock = texts.str.contains(r"^([01]\d|2[0-3])[0-5]\d([0-5]\d)?$").all()
    return "" if clock else str(zeros[0])


def named(name: str, series: pl.Series) -> bool:
    """Whether whole numbers stand under a name such as 'station_id', 'ID' or 'patientId'."""
    return bool(NAME.search(name) or CAPITAL.search(name)) and series.dtype.is_integer() and series.n_unique() > FEW


def advice(name: str) -> str:
    """What to write of an identifier."""
    return (
        f"--group {name} keeps its rows together, --drop {name} leaves it out, --kind {name}=categorical takes its "
        "numbers as names"
    )
