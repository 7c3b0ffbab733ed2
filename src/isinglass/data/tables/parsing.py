"""Text cells become numbers, dates or categories; a cell that does not fit is named with its row and column."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.data.tables.annotated import refuse_annotated
from isinglass.data.tables.dates.columns import as_dates
from isinglass.data.tables.missing.limits import are_measurements, refuse_limits
from isinglass.data.tables.missing.tokens import MISSING, MISSING_NUMBER, MOSTLY, stray, without
from isinglass.errors import DataError
from isinglass.spec import Kind

DECLARED = (pl.Categorical, pl.Enum)
COMMAS = r"^[+-]?\d+(,\d+)+(\.\d+)?$"
WITH_UNIT = r"^[+-]?\d+(?:[.,' ]\d+)*\s*([^\d\s.,:;/+\-][^\d]*)$"
WITH_CURRENCY = r"^[+-]?\s*([$€£¥]|(?:EUR|USD|GBP|CHF|JPY|CNY|INR|CAD|AUD|NZD|SEK|NOK|DKK)\s)\s*[+-]?\d+(?:[.,' ]\d+)*$"
LOOKED_AT, FEW = 1000, 10
"""Cells that are looked at for units; no more different texts than this are categories."""

LONG = r"^[+-]?\d{19,}$"
"""Whole numbers that may be beyond 64 bits."""

STRAY = "text in a numeric column"
CURE = (
    "a number, or nothing where it is missing; if the text means that there is no value, name it in data.missing; if "
    "the column holds categories, give it the kind 'categorical' (kinds in the recipe)."
)
SECOND_HEADER = (
    "a number, or nothing where it is missing; where the whole line below the header holds no values, take it out: "
    "units go into the names, as in `sst [degC]`."
)


def typed(series: pl.Series, *, where: str = "data", kind: Kind | None = None, order: str = "") -> pl.Series:
    """Give a text column its type: integers, floats, dates, or text with missing cells as null.

    Args:
        series: any column; one that is not text is returned with NaN as null.
        where: file, for messages.
        kind: what the user says the column is; a categorical column keeps texts among its numbers.
        order: of day, month and year in dates, as for `read_dates`.

    Raises:
        DataError: most cells are numbers and some are text (row, column and value named), or the dates are written
            in several forms, in one that is not known or in an order that cannot be told.
    """
    series = _numbers_said(series) if kind in (Kind.CONTINUOUS, Kind.COUNT) else undecimal(series)
    if series.dtype.is_float():
        return series.fill_nan(None)
    if series.dtype != pl.String:
        return series
    values = series.cast(pl.Float64, strict=False)
    if values.null_count() == series.null_count() < len(series):  # clean numbers: the usual case, in one pass
        whole = series.cast(pl.Int64, strict=False)
        if whole.null_count() == series.null_count():
            return whole
        if kind is not Kind.CATEGORICAL:  # whose names may have more digits than a number keeps
            return values.fill_nan(None)
    text = without(series, MISSING)
    if text.null_count() == len(text):
        return text
    numeric = _as_number(text, where=where, kind=kind)
    if numeric is not None:
        return numeric
    if kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
        return text
    dates = as_dates(text, where=where, order=order)
    return text if dates is None else dates


def undecimal(series: pl.Series) -> pl.Series:
    """Decimal numbers as float64."""
    return series.cast(pl.Float64) if series.dtype.is_decimal() else series


def _numbers_said(series: pl.Series) -> pl.Series:
    """Declared categories as their texts, which the user says are numbers."""
    return series.cast(pl.String) if series.dtype in DECLARED else undecimal(series)


def _as_number(text: pl.Series, *, where: str, kind: Kind | None) -> pl.Series | None:
    cells = without(text, MISSING_NUMBER)
    present = len(cells) - cells.null_count()
    whole = cells.cast(pl.Int64, strict=False)
    if present and len(whole) - whole.null_count() == present:
        return whole
    values = cells.cast(pl.Float64, strict=False)
    parsed = len(values) - values.null_count()
    if present and parsed == present and kind is not Kind.CATEGORICAL:
        return values.fill_nan(None)
    if kind in (Kind.CATEGORICAL, Kind.BOOLEAN, Kind.DATETIME):
        return None
    if parsed > MOSTLY * present or kind in (Kind.CONTINUOUS, Kind.COUNT) or are_measurements(cells, values):
        refuse_limits(cells, values, where=where)
        refuse_annotated(cells, values, where=where)
        raise stray(cells, values, where=where, what=STRAY, cure=_cure(cells, values))
    _refuse_commas(cells, where)
    _refuse_units(cells, where)
    refuse_annotated(cells, values, where=where)
    return None


def _cure(cells: pl.Series, values: pl.Series) -> str:
    """Text in the first row alone is perhaps a second line of the header."""
    beyond = values.slice(1).null_count() == cells.slice(1).null_count()
    return SECOND_HEADER if beyond else CURE


def _refuse_commas(cells: pl.Series, where: str) -> None:
    """1,234 can be a thousand or a fraction."""
    found = cells.str.contains(COMMAS)
    if found.sum() > MOSTLY * (len(cells) - cells.null_count()):
        row = int(found.fill_null(value=False).arg_true()[0])
        raise DataError(
            "a number with a comma, for thousands or for decimals",
            where=f"{where}, row {row + 1}, column '{cells.name}'",
            given=repr(cells[row]),
            instead="write 1234 or 1.234; files with semicolons or tabs may have decimal commas.",
        )


def _refuse_units(cells: pl.Series, where: str) -> None:
    """Many different numbers with the same unit behind them, 5.1% or 12 mm, are no categories."""
    head = cells.drop_nulls().head(LOOKED_AT)
    units = pl.select(pl.coalesce(head.str.extract(WITH_UNIT), head.str.extract(WITH_CURRENCY))).to_series()
    units = units.drop_nulls().str.strip_chars()
    if len(units) <= MOSTLY * len(head) or units.n_unique() > 1 or head.n_unique() <= FEW:
        return
    row = int(cells.str.contains(f"{WITH_UNIT}|{WITH_CURRENCY}").fill_null(value=False).arg_true()[0])
    raise DataError(
        "a number with its unit in the cell",
        where=f"{where}, row {row + 1}, column '{cells.name}'",
        given=repr(cells[row]),
        instead=f"write the number alone, and the unit into the name: `{cells.name} [{units[0]}]`; of codes, say that "
        "they are: `--kind NAME=categorical`.",
    )


def numbers(series: pl.Series, *, where: str = "data") -> np.ndarray:
    """A column as float64 [sample], NaN where missing.

    Raises:
        DataError: a cell is text or infinite; its row and column are named.
    """
    where_column = f"{where}, column '{series.name}'"
    series = _numbers_said(series)
    if series.dtype == pl.String:
        series = _numbers_of_text(series, where=where)
    elif series.dtype == pl.Duration:
        series = series.dt.total_microseconds() / 86_400e6
    elif series.dtype == pl.Null:
        return np.full(len(series), np.nan)
    elif not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
        raise DataError("the column holds no numbers", where=where_column, given=str(series.dtype))
    values = series.cast(pl.Float64).to_numpy()
    _require_finite(values, series.name, where)
    return values


def _numbers_of_text(series: pl.Series, *, where: str) -> pl.Series:
    values = series.cast(pl.Float64, strict=False)
    if values.null_count() == series.null_count():
        return values
    cells = without(series, MISSING_NUMBER)
    values = cells.cast(pl.Float64, strict=False)
    if values.null_count() > cells.null_count():
        refuse_limits(cells, values, where=where)
        raise stray(cells, values, where=where, what=STRAY, cure=CURE)
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
    series = undecimal(series)
    if series.dtype == pl.String:
        return _canonical(without(series, MISSING))
    if series.dtype.is_float():
        return _float_labels(series.fill_nan(None))
    if series.dtype in DECLARED:  # none of its names is a marker
        return _canonical(series.cast(pl.String))
    return series.cast(pl.String)


def _canonical(text: pl.Series) -> pl.Series:
    different = text.unique().drop_nulls()
    whole = different.cast(pl.Int64, strict=False).cast(pl.String)
    long = different.str.contains(LONG)  # numbers would run them together
    fractional = _float_labels(different.set(long, None).cast(pl.Float64, strict=False))
    lower = different.str.to_lowercase()
    logical = lower.set(~lower.is_in(["true", "false"]), None)
    names = pl.select(pl.coalesce(whole, fractional, logical, different)).to_series()
    return text if names.equals(different) else text.replace(different, names)


def _float_labels(series: pl.Series) -> pl.Series:
    whole = series.cast(pl.Int64, strict=False)
    is_whole = (whole.cast(pl.Float64) == series.cast(pl.Float64)).fill_null(value=False)
    return series.cast(pl.String).zip_with(~is_whole, whole.cast(pl.String))
