"""Text cells become numbers, dates or categories. A cell that does not fit is named with its row and column."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.errors import DataError
from isinglass.types import Kind

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "<na>", "-", "--", ".", "..", "...", "?"})
"""Cells that mean 'no value' in any column, in lower case."""

MISSING_NUMBER = MISSING | {"none", "missing"}
"""... and in a column of numbers."""

MOSTLY = 0.5
"""A text column of which more than this part are numbers is a numeric column with faults."""

CERTAIN_DATES = (
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y%m%dT%H%M%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
)
DAY_FIRST = ("%d/%m/%Y", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M")
MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")
FIXED_OFFSET = r"(Z|[+-]\d{2}:?\d{2})$"


def typed(series: pl.Series, *, where: str = "data", kind: Kind | None = None) -> pl.Series:
    """Give a text column its type: integers, floats, dates, or text with missing cells as null.

    Args:
        series: any column; one that is not text is returned with NaN as null.
        where: file, for messages.
        kind: what the user says the column is; a categorical column keeps texts among its numbers.

    Raises:
        DataError: most cells are numbers and some are text (row, column and value named), or the dates can be
            read as day/month and as month/day.
    """
    if series.dtype.is_float():
        return series.fill_nan(None)
    if series.dtype != pl.String:
        return series
    text = _without(series, MISSING)
    if text.null_count() == len(text):
        return text
    numeric = _as_number(text, where=where, kind=kind)
    if numeric is not None:
        return numeric
    dates = None if kind in (Kind.CATEGORICAL, Kind.BOOLEAN) else _as_dates(text, where=where)
    return text if dates is None else dates


def _without(series: pl.Series, markers: frozenset[str]) -> pl.Series:
    text = series.str.strip_chars()
    return text.set(text.str.to_lowercase().is_in(sorted(markers)), None)


def _as_number(text: pl.Series, *, where: str, kind: Kind | None) -> pl.Series | None:
    cells = _without(text, MISSING_NUMBER)
    present = len(cells) - cells.null_count()
    whole = cells.cast(pl.Int64, strict=False)
    if present and len(whole) - whole.null_count() == present:
        return whole
    values = cells.cast(pl.Float64, strict=False)
    parsed = len(values) - values.null_count()
    if present and parsed == present:
        return values.fill_nan(None)
    if kind in (Kind.CATEGORICAL, Kind.BOOLEAN, Kind.DATETIME):
        return None
    if parsed > MOSTLY * present or kind in (Kind.CONTINUOUS, Kind.COUNT):
        raise _stray(cells, values, where)
    return None


def _stray(cells: pl.Series, values: pl.Series, where: str) -> DataError:
    faults = np.flatnonzero((cells.is_not_null() & values.is_null()).to_numpy())
    others = f" ({len(faults)} such cells)" if len(faults) > 1 else ""
    return DataError(
        f"text in a numeric column{others}",
        where=f"{where}, row {faults[0] + 1}, column '{cells.name}'",
        given=repr(cells[int(faults[0])]),
        instead=f"a number, or nothing where it is missing; if the column holds categories, say kinds = "
        f'{{"{cells.name}" = "categorical"}}.',
    )


def _as_dates(text: pl.Series, *, where: str) -> pl.Series | None:
    first = text.drop_nulls()[0]
    if not any(character.isdigit() for character in first) or len(first) < 8:
        return None
    local = text.str.replace(FIXED_OFFSET, "") if text.str.contains(r"\d" + FIXED_OFFSET).any() else text
    for form in CERTAIN_DATES:
        parsed = _strptime(local, form)
        if parsed is not None:
            return parsed
    return _slashed(text, where)


def _slashed(text: pl.Series, where: str) -> pl.Series | None:
    for day_first, month_first in zip(DAY_FIRST, MONTH_FIRST, strict=True):
        readings = [_strptime(text, form) for form in (day_first, month_first)]
        found = [reading for reading in readings if reading is not None]
        if len(found) == 2 and not found[0].equals(found[1]):
            raise DataError(
                "the dates can be read as day/month and as month/day",
                where=f"{where}, column '{text.name}'",
                given=repr(text.drop_nulls()[0]),
                instead="write dates as 2026-01-31.",
            )
        if found:
            return found[0]
    return None


def _strptime(text: pl.Series, form: str) -> pl.Series | None:
    """The column as dates, or None where a single cell does not fit."""
    probe = text.drop_nulls()[:1].str.to_datetime(form, strict=False, time_unit="us")
    if probe.null_count():
        return None
    parsed = text.str.to_datetime(form, strict=False, time_unit="us")
    return parsed if parsed.null_count() == text.null_count() else None


def numbers(series: pl.Series, *, where: str = "data") -> np.ndarray:
    """A column as float64 [sample], NaN where missing.

    Raises:
        DataError: a cell is text or infinite; its row and column are named.
    """
    where_column = f"{where}, column '{series.name}'"
    if series.dtype == pl.String:
        cells = _without(series, MISSING_NUMBER)
        values = cells.cast(pl.Float64, strict=False)
        if values.null_count() > cells.null_count():
            raise _stray(cells, values, where)
        series = values
    elif series.dtype == pl.Duration:
        series = series.dt.total_microseconds() / 86_400e6
    elif series.dtype == pl.Null:
        return np.full(len(series), np.nan)
    elif not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        raise DataError("the column holds no numbers", where=where_column, given=str(series.dtype))
    values = series.cast(pl.Float64).to_numpy()
    _require_finite(values, series.name, where)
    return values


FLOAT32_MAX = float(np.finfo(np.float32).max)


def _require_finite(values: np.ndarray, name: str, where: str) -> None:
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero(np.abs(values) > FLOAT32_MAX)
    if not len(bad):
        return
    infinite = bool(np.isinf(values[bad[0]]))
    others = f" ({len(bad)} such cells)" if len(bad) > 1 else ""
    raise DataError(
        f"an infinite value{others}" if infinite else f"a value beyond single precision{others}",
        where=f"{where}, row {bad[0] + 1}, column '{name}'",
        given=values[bad[0]],
        instead="a finite number, or nothing where it is missing." if infinite else "use another unit.",
    )


def labels(series: pl.Series) -> pl.Series:
    """A column as category names, null where missing.

    A number has one name however it was written: 3, 3.0 and '03' are '3'; True and 'TRUE' are 'true'.
    """
    if series.dtype == pl.String:
        return _canonical(_without(series, MISSING))
    if series.dtype.is_float():
        return _float_labels(series.fill_nan(None))
    return series.cast(pl.String)


def _canonical(text: pl.Series) -> pl.Series:
    different = text.unique().drop_nulls()
    whole = different.cast(pl.Int64, strict=False).cast(pl.String)
    fractional = _float_labels(different.cast(pl.Float64, strict=False))
    lower = different.str.to_lowercase()
    logical = lower.set(~lower.is_in(["true", "false"]), None)
    names = pl.select(pl.coalesce(whole, fractional, logical, different)).to_series()
    return text if names.equals(different) else text.replace(different, names)


def _float_labels(series: pl.Series) -> pl.Series:
    whole = series.cast(pl.Int64, strict=False)
    is_whole = (whole.cast(pl.Float64) == series.cast(pl.Float64)).fill_null(value=False)
    return series.cast(pl.String).zip_with(~is_whole, whole.cast(pl.String))


def clock(series: pl.Series, *, where: str = "data") -> pl.Series:
    """A column as local wall-clock date-times (microseconds, no zone), null where missing.

    Raises:
        DataError: a cell is no date; its row and column are named.
    """
    if series.dtype == pl.String:
        text = _without(series, MISSING)
        parsed = _as_dates(text, where=where) if text.null_count() < len(text) else text.cast(pl.Datetime("us"))
        return parsed if parsed is not None else _raise_unparsable(text, where)
    if series.dtype.is_integer():  # 20260131
        return clock(series.cast(pl.String).str.replace(r"^(\d{4})(\d{2})(\d{2})$", "$1-$2-$3"), where=where)
    if series.dtype == pl.Date:
        return series.cast(pl.Datetime("us"))
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    if series.dtype == pl.Null:
        return series.cast(pl.Datetime("us"))
    raise DataError("the column holds no dates", where=f"{where}, column '{series.name}'", given=str(series.dtype))


def _raise_unparsable(text: pl.Series, where: str) -> pl.Series:
    """Name the first cell that does not fit the form which fits most of the first cells."""
    forms = (*CERTAIN_DATES, *DAY_FIRST, *MONTH_FIRST)
    tries = [text.str.to_datetime(form, strict=False, time_unit="us") for form in forms]
    best = min(tries, key=lambda parsed: parsed.null_count())
    bad = np.flatnonzero((text.is_not_null() & best.is_null()).to_numpy())
    raise DataError(
        "not a date",
        where=f"{where}, row {bad[0] + 1}, column '{text.name}'",
        given=repr(text[int(bad[0])]),
        allowed="2026-01-31, 2026-01-31T12:00:00, 2026/01/31, 31.01.2026",
        instead="write all dates of the column in the same form.",
    )
