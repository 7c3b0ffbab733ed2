"""Dates written as text, in the forms that can be read in one way only."""

from __future__ import annotations

import polars as pl

from isinglass.data.cells import MISSING, MOSTLY, stray, without
from isinglass.errors import DataError

CERTAIN = (
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
OFFSET = r"(\d)(Z|[+-]\d{2}:?\d{2})$"
MONTH = r"^(\d{4}-\d{2})$"
PROBE = 20
"""Cells tried before a form is tried on the whole column."""

CURE = "write all dates of the column in the same form, as in 2026-01-31 or 2026-01-31T12:00:00."


def as_dates(text: pl.Series, *, where: str, certain: bool = False) -> pl.Series | None:
    """Local wall-clock date-times (microseconds, no zone); None where the column holds no dates.

    Args:
        text: a column without markers for missing values.
        where: file, for messages.
        certain: the column is known to hold dates: a cell that is none is an error however many there are.

    Raises:
        DataError: most cells are dates and some are not (row, column and value named), or the dates can be read as
            day/month and as month/day.
    """
    local = _plain(text)
    best: pl.Series | None = None
    for form in CERTAIN:
        best = _better(best, _strptime(local, form))
        if _is_whole(best, local):
            return best
    slashed = _slashed(local, where)
    best = _better(best, slashed)
    if best is None or _is_whole(best, local):
        return best
    present = len(text) - text.null_count()
    if certain or len(best) - best.null_count() > MOSTLY * present:
        raise stray(text, best, where=where, what="not a date like the others", cure=CURE)
    return None


def clock(series: pl.Series, *, where: str = "data") -> pl.Series:
    """A column of any type as local wall-clock date-times (microseconds, no zone), null where missing.

    Raises:
        DataError: a cell is no date; its row and column are named.
    """
    if series.dtype == pl.String:
        return _clock_of_text(without(series, MISSING), where=where)
    if series.dtype.is_integer():  # 20260131
        return clock(series.cast(pl.String).str.replace(r"^(\d{4})(\d{2})(\d{2})$", "$1-$2-$3"), where=where)
    if series.dtype in (pl.Date, pl.Null):
        return series.cast(pl.Datetime("us"))
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    raise DataError("the column holds no dates", where=f"{where}, column '{series.name}'", given=str(series.dtype))


def _clock_of_text(text: pl.Series, *, where: str) -> pl.Series:
    if text.null_count() == len(text):
        return text.cast(pl.Datetime("us"))
    read = as_dates(text, where=where, certain=True)
    if read is None:
        nothing = pl.Series([None] * len(text), dtype=pl.Datetime("us"))
        raise stray(text, nothing, where=where, what="not a date", cure=CURE)
    return read


def _plain(text: pl.Series) -> pl.Series:
    """Without an offset from UTC (local time is what the season and the hour are about); a month is its first day."""
    return text.str.replace(OFFSET, "$1").str.replace(MONTH, "$1-01") if _has_digits(text) else text


def _has_digits(text: pl.Series) -> bool:
    return bool(text.drop_nulls().head(PROBE).str.contains(r"\d").any())


def _strptime(text: pl.Series, form: str) -> pl.Series | None:
    """The column read in one form, null where a cell does not fit; None where none of the first ones does."""
    probe = text.drop_nulls().head(PROBE).str.to_datetime(form, strict=False, time_unit="us")
    if probe.null_count() == len(probe):
        return None
    return text.str.to_datetime(form, strict=False, time_unit="us")


def _better(first: pl.Series | None, second: pl.Series | None) -> pl.Series | None:
    if first is None or second is None:
        return second if first is None else first
    return second if second.null_count() < first.null_count() else first


def _is_whole(read: pl.Series | None, text: pl.Series) -> bool:
    return read is not None and read.null_count() == text.null_count()


def _slashed(text: pl.Series, where: str) -> pl.Series | None:
    best: pl.Series | None = None
    for day_first, month_first in zip(DAY_FIRST, MONTH_FIRST, strict=True):
        days, months = _strptime(text, day_first), _strptime(text, month_first)
        if _is_whole(days, text) and _is_whole(months, text) and not days.equals(months):  # type: ignore[union-attr]
            raise DataError(
                "the dates can be read as day/month and as month/day",
                where=f"{where}, column '{text.name}'",
                given=repr(text.drop_nulls()[0]),
                instead="write dates as 2026-01-31.",
            )
        best = _better(best, _better(days, months))
    return best
