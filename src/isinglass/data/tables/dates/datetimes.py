"""Date-times as numbers: linear time, the season and the hour on a circle, the day of the week.

A moment t of a year with phase p in 0..1 becomes sin(2 pi p) and cos(2 pi p), so that 31 December is beside
1 January; the same for the hour of the day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from isinglass.spec import Feature

ORIGIN = datetime(2000, 1, 1)
"""What linear time counts from: local time, without a zone."""

EPOCH = 10_957
"""Days from 1970-01-01 to 2000-01-01, the zero of linear time; what needs seconds has an origin of its own (see
`data.tables.origins`)."""

DAY = 86_400_000_000  # microseconds
MINUTES = 1440  # of a day
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def days(moments: pl.Series) -> np.ndarray:
    """Days since 2000-01-01 as float64 [sample], NaN where missing."""
    micro = moments.dt.epoch("us").cast(pl.Float64).fill_null(float("nan"))
    return micro.to_numpy() / DAY - EPOCH


def moments(days: np.ndarray) -> np.ndarray:
    """Days since 2000-01-01 [sample] as datetime64 to the minute, NaT where missing: what `days` made of them."""
    days = np.asarray(days, np.float64)
    known = np.isfinite(days)
    since = np.floor(np.where(known, days, 0.0) * MINUTES).astype("timedelta64[m]")
    return np.where(known, np.datetime64(ORIGIN, "m") + since, np.datetime64("NaT"))


def useful_parts(moments: pl.Series) -> tuple[str, ...]:
    """Which parts of a column of date-times vary: 'time', 'year', 'week', 'day'.

    The day of the week counts only where the dates are daily; a part that never changes is no feature.
    """
    present = moments.drop_nulls()
    parts = ["time"] if present.n_unique() > 1 else []
    if present.dt.ordinal_day().n_unique() > 1:
        parts.append("year")
    if _is_daily(present):
        parts.append("week")
    if present.dt.time().n_unique() > 1:
        parts.append("day")
    return tuple(parts)


def _is_daily(moments: pl.Series) -> bool:
    """All seven weekdays occur, and half of the dates are followed by the next day."""
    dates = moments.dt.date().unique().sort()
    return len(dates) >= 14 and dates.dt.weekday().n_unique() == 7 and dates.diff().median() == timedelta(days=1)


def part_features(column: str, part: str, origin: float = 0.0) -> tuple[Feature, ...]:
    """The features of one part; linear time is counted from `origin`."""
    if part == "time":
        return (Feature(f"{column} days", column, "numeric", origin=origin),)
    if part == "week":
        return tuple(Feature(f"{column} {day}", column, "onehot") for day in WEEKDAYS)
    return tuple(Feature(f"{column} {part} {wave}", column, "cyclic") for wave in ("sin", "cos"))


def encode_part(moments: pl.Series, part: str, origin: float = 0.0) -> Iterator[np.ndarray]:
    """The values of one part, one float array [sample] a feature, NaN where missing; linear time from `origin` on."""
    if part == "time":
        yield days(moments) - origin
    elif part == "week":
        weekday = moments.dt.weekday().to_numpy()
        for number in range(1, 8):
            yield (weekday == number).astype(np.float32)
    else:
        phase = _phase(moments, part)
        yield np.sin(2 * np.pi * phase)
        yield np.cos(2 * np.pi * phase)


def _phase(moments: pl.Series, part: str) -> np.ndarray:
    time = days(moments)
    of_day = time - np.floor(time)
    if part == "day":
        return of_day
    ordinal = moments.dt.ordinal_day().cast(pl.Float64).fill_null(float("nan")).to_numpy()
    length = 365 + moments.dt.is_leap_year().cast(pl.Float64).fill_null(0.0).to_numpy()
    return (ordinal - 1 + of_day) / length
