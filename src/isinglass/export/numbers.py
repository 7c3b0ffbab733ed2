"""Numbers as people read them: as many digits as the interval allows, real minus signs, thin spaces."""

from __future__ import annotations

import math
from datetime import timedelta

from isinglass.data.tables.dates.datetimes import ORIGIN
from isinglass.evaluation.report import ColumnSummary
from isinglass.spec import Kind

THIN = "\u202f"
"""Narrow space that does not break: between thousands."""
MINUS = "\u2212"
DASH = "\u2013"
DAYS = 14
"""A column of dates that spans fewer days is shown to the minute."""
FAR = 100
"""From so many spreads on, three digits of a value say nothing of how it varies."""
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def number(value: float | None, *, digits: int = 3) -> str:
    """Three significant digits, or a dash where there is no finite number: `3.41`, `20 640`, `1.2 × 10⁻⁵`."""
    if value is None or not math.isfinite(value):
        return DASH
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size >= 7 or size < -4:
        return _power(value, digits)
    if float(value).is_integer() or size >= digits:
        return fixed(value, 0)
    text = fixed(value, digits - 1 - size)
    return text.rstrip("0").rstrip(".") if "." in text else text  # the zeros of 220.5 are digits


def percentile(column: ColumnSummary, value: float | None) -> str:
    """A value of a column: a number, with the digits in which a column far from 0 varies; or a date for columns of
    dates (days since 2000-01-01), with the time of day where the column spans few days."""
    if value is None or not math.isfinite(value):
        return number(value)
    if column.kind is not Kind.DATETIME:
        places = far_places(column)
        return number(value) if places is None else fixed(value, places)
    short = column.low is not None and column.high is not None and column.high - column.low < DAYS
    moment = ORIGIN + timedelta(days=value, seconds=30 if short else 0)  # to the nearest minute
    return moment.isoformat(" ", "minutes") if short else moment.date().isoformat()


def far_places(column: ColumnSummary) -> int | None:
    """Decimals that show three digits of the spread of a column far from 0 (1,700,000,250,000 +- 3,000); else None."""
    if column.low is None or column.high is None or not column.low < column.high:
        return None
    spread = column.high - column.low
    if min(abs(column.low), abs(column.high)) < FAR * spread or column.low < 0 < column.high:
        return None
    return min(max(0, 2 - math.floor(math.log10(spread))), 12)


def fixed(value: float, decimals: int) -> str:
    """With thousands apart and a real minus sign."""
    text = f"{value:,.{decimals}f}".replace(",", THIN)
    return text.replace("-", MINUS) if float(f"{value:.{decimals}f}") else text.replace("-", "")


def decimals(low: float, high: float) -> int:
    """Decimals at which a quarter of the interval, about a standard error, has two significant digits."""
    width = high - low
    if not math.isfinite(width) or width <= 0:
        return 3
    return min(8, max(0, 1 - math.floor(math.log10(width / 4))))


def with_interval(value: float | None, low: float, high: float, *, places: int | None = None) -> tuple[str, str]:
    """A value and its interval in the same number of decimals: `("3.41", "3.10 to 3.72")`; the second is empty
    where no interval is known. `places` overrules the decimals, for columns that line up."""
    if value is None or not math.isfinite(value):
        return DASH, ""
    if not (math.isfinite(low) and math.isfinite(high)):
        return number(value) if places is None else fixed(value, places), ""
    if max(abs(low), abs(high)) < 1e-4 or max(abs(low), abs(high)) >= 1e7:
        return _power(value, 3), f"{_power(low, 2)} to {_power(high, 2)}"
    places = decimals(low, high) if places is None else places
    return fixed(value, places), f"{fixed(low, places)} to {fixed(high, places)}"


def duration(seconds: float | None) -> str:
    """`0.42 s`, `18 s`, `3 min 20 s`, `2 h 05 min`."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if seconds < 10:
        return f"{number(seconds, digits=2)}{THIN}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{THIN}s"
    if whole < 3600:
        return f"{whole // 60}{THIN}min {whole % 60:02d}{THIN}s"
    return f"{whole // 3600}{THIN}h {whole % 3600 // 60:02d}{THIN}min"


def _power(value: float, digits: int) -> str:
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    return f"{fixed(value / 10**size, digits - 1)}{THIN}×{THIN}10{str(size).translate(SUPERSCRIPT)}"
