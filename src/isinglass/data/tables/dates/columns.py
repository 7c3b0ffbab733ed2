"""Dates written as text: one form for a column, and the order of day and month decided from all of its cells."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from isinglass.data.tables.dates.forms import (
    EARLIEST,
    FORMS,
    PIVOT,
    UNREAD,
    fields,
    has_short_years,
    moments,
    orders_of,
    pattern,
)
from isinglass.data.tables.dates.sentinels import refuse_far_future
from isinglass.data.tables.missing.tokens import MISSING, MOSTLY, stray, without
from isinglass.errors import DataError

USUAL = ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f")
PROBE = 1000
"""Cells in which a form must occur before it is looked for in the whole column."""
APART = 4.0
"""Of two orders, one that spreads the dates over so many times the years of the other is not meant."""
FEWEST = 5
"""Different numbers that are taken for dates where all of them are: by chance at most one number in 25 is one."""
RUNS = {
    "20240131": (8, "%Y%m%d"),
    "31012024": (8, "%d%m%Y"),
    "01312024": (8, "%m%d%Y"),
    "240131": (6, "%y%m%d"),
    "310124": (6, "%d%m%y"),
    "013124": (6, "%m%d%y"),
}
"""Days written as whole numbers: their digits, and the form in polars' words."""
KNOWN_RUN = "20240131"
RUN_TOGETHER = r"^(\d{8})((?:\d{2}){1,3})$"
"""20240131 and the hour, the minute and the second."""
YEAR = 365.0 * 86_400e6
"""Microseconds. Within one, 31/01/24 is a day of 2024: a year is written first where years differ, to sort by."""

CURE = "write all dates of the column in the same form, as in 2026-01-31 or 2026-01-31T12:00:00."
NO_DATE = CURE[:-1] + "; where it means that there is no date, write nothing there, or name it in data.missing."
SAY = "say which, `--set data.dates=day-first` or `--set data.dates=month-first`, or write dates as 2026-01-31."
UNKNOWN = (
    "write dates as 2026-01-31 or 2026-01-31T12:00:00; if these are no dates, `--kind NAME=categorical` keeps the "
    "text, and `--drop NAME` leaves the column out."
)
WORDS = {"day-first": "the day first", "month-first": "the month first", "year-first": "the year first"}


@dataclass(frozen=True)
class Dates:
    """A column of dates as it was read.

    Args:
        values: local wall-clock date-times (microseconds, no zone), null where missing.
        order: of the three numbers of a date where it had to be decided, a key of `ORDERS`; else nothing.
        short: some years have two digits.
        example: a cell, and the day that it is taken for.
        lone: a sentence about a day far from all others that may mean 'no date'.
    """

    values: pl.Series
    order: str = ""
    short: bool = False
    example: tuple[str, str] = ("", "")
    lone: str = ""

    def told(self, name: str) -> str:
        """A sentence about what was decided; nothing where the form is certain."""
        if not (self.order or self.short):
            return self.lone
        cell, day = self.example
        order = f" with {WORDS[self.order]}" if self.order else ""
        years = f"; years {PIVOT} to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068" if self.short else ""
        return f"{name}: dates{order}, '{cell}' is {day}{years}.{self.lone and ' '}{self.lone}"


def as_dates(text: pl.Series, *, where: str, certain: bool = False, order: str = "") -> pl.Series | None:
    """The values of `read_dates`; None where the column holds no dates."""
    found = read_dates(text, where=where, certain=certain, order=order)
    return None if found is None else found.values


def read_dates(text: pl.Series, *, where: str, certain: bool = False, order: str = "") -> Dates | None:
    """Read a column of dates; None where it holds none.

    Args:
        text: a column without markers for missing values.
        where: file, for messages.
        certain: the column is known to hold dates: a cell that is none is an error however many there are.
        order: of day, month and year where three numbers make a date, a key of `ORDERS`; nothing: from the cells.

    Raises:
        DataError: most cells are dates and some are not (row, column and value named), they are written in two forms
            or in one that is not known, or the order of day and month cannot be decided.
    """
    text = text.str.replace(RUN_TOGETHER, "${1}T$2") if certain else text
    usual = _usual(text)
    if usual is not None:
        return Dates(usual)
    parts = _parts(text)
    present = len(text) - text.null_count()
    covered = sum(int(_is_there(part).sum()) for part in parts.values())
    if not certain and covered <= MOSTLY * present:
        _refuse_unread(text, present, where)
        return None
    if len(parts) > 1:
        raise _several(text, parts, where)
    for form, part in parts.items():
        return _decide(text, part, form, order=order, where=where, certain=certain)
    return None


def clock(series: pl.Series, *, where: str = "data", order: str = "") -> pl.Series:
    """A column of any type as local wall-clock date-times (microseconds, no zone), null where missing.

    Args:
        series: dates, date-times, text, or numbers such as 20260131.
        where: file, for messages.
        order: as for `read_dates`.

    Raises:
        DataError: a cell is no date; its row and column are named.
    """
    if series.dtype == pl.String:
        return _clock_of_text(without(series, MISSING), where=where, order=order)
    if series.dtype.is_integer():  # 20260131, 202601311200
        return clock(series.cast(pl.String), where=where)
    if series.dtype in (pl.Date, pl.Null):
        return series.cast(pl.Datetime("us"))
    if isinstance(series.dtype, pl.Datetime):
        return series.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    raise DataError("the column holds no dates", where=f"{where}, column '{series.name}'", given=str(series.dtype))


def written(series: pl.Series, *, where: str, order: str = "") -> Dates:
    """How the dates of a column are written; nothing of note where they are no text."""
    text = without(series, MISSING) if series.dtype == pl.String else None
    found = None if text is None else read_dates(text, where=where, certain=True, order=order)
    found = found or Dates(clock(series, where=where))
    return replace(found, lone=refuse_far_future(found.values, series, where=where))


def number_form(series: pl.Series) -> str:
    """The form in which whole numbers all are days of a calendar, a key of `RUNS`; nothing where they are none."""
    present = series.drop_nulls()
    if not series.dtype.is_integer() or present.n_unique() < FEWEST:
        return ""
    return next((form for form, (digits, read) in RUNS.items() if _are_days(present, digits, read)), "")


def _are_days(numbers: pl.Series, digits: int, read: str) -> bool:
    """Whether all numbers, with zeros before them up to so many digits, are days between 1800 and 2200."""
    if not numbers.is_between(10 ** (digits - 2), 10**digits - 1).all():
        return False
    days = numbers.cast(pl.String).str.zfill(digits).str.to_date(read, strict=False)
    return days.null_count() == 0 and bool(days.dt.year().is_between(1800, 2200).all())


def _clock_of_text(text: pl.Series, *, where: str, order: str) -> pl.Series:
    if text.null_count() == len(text):
        return text.cast(pl.Datetime("us"))
    read = as_dates(text, where=where, certain=True, order=order)
    if read is None:
        nothing = pl.Series([None] * len(text), dtype=pl.Datetime("us"))
        raise stray(text, nothing, where=where, what="not a date", cure=CURE)
    return read


def _usual(text: pl.Series) -> pl.Series | None:
    """The common case in one pass: every cell in one of the ISO forms."""
    head = text.drop_nulls().head(1)
    for form in USUAL if len(head) else ():
        if head.str.to_datetime(form, strict=False).null_count():
            continue
        found = text.str.to_datetime(form, strict=False, time_unit="us")
        if found.null_count() == text.null_count() and int(found.dt.year().min()) >= EARLIEST:  # type: ignore[arg-type]
            return found
    return None


def _parts(text: pl.Series) -> dict[str, pl.DataFrame]:
    """The forms that occur in the column, and what stands in its cells; a cell counts for the first that fits."""
    probe = _head(text)
    found: dict[str, pl.DataFrame] = {}
    for form in FORMS if len(probe) else ():
        if not probe.str.contains(pattern(form)).any() or not _readable(fields(probe, form)).any():
            continue
        parts = fields(text, form)
        if _is_there(parts).any():
            found[form] = parts
            text = text.set(pl.Series(_is_there(parts)), None)
    return found


def _head(text: pl.Series) -> pl.Series:
    """Cells with digits among the first ones; none where there are none, as in columns of words."""
    head = text.drop_nulls().head(PROBE)
    return head.filter(head.str.contains(r"\d"))


def _is_there(parts: pl.DataFrame) -> np.ndarray:
    return parts[_first_number(parts)].is_not_null().to_numpy()


def _first_number(parts: pl.DataFrame) -> str:
    return next(name for name in ("a", "year") if name in parts.columns)


def _readable(parts: pl.DataFrame) -> np.ndarray:
    """bool [sample]: a date in at least one of the orders."""
    return np.any([~np.isnat(moments(parts, order)) for order in orders_of(parts) or ("",)], axis=0)


def _several(text: pl.Series, parts: dict[str, pl.DataFrame], where: str) -> DataError:
    """The error for dates in more than one form, with an example of each and the first row of the rarest."""
    rows = sorted((np.flatnonzero(_is_there(part)) for part in parts.values()), key=len, reverse=True)
    shown = [f"{text[int(found[0])]!r} in {len(found)} row{'s' * (len(found) != 1)}" for found in rows]
    return DataError(
        f"dates in {len(parts)} forms in one column",
        where=f"{where}, row {rows[-1][0] + 1}, column '{text.name}'",
        given=", ".join(shown),
        instead=f"{CURE[:-1]}; `--drop {text.name}` leaves the column out.",
    )


def _decide(text: pl.Series, parts: pl.DataFrame, form: str, *, order: str, where: str, certain: bool) -> Dates | None:
    orders = orders_of(parts)
    if not orders:
        return _whole(text, parts, "", where=where, certain=certain)
    if order in orders:
        return _whole(text, parts, order, where=where, certain=certain)
    read = {name: moments(parts, name) for name in orders}
    counts = {name: int((~np.isnat(values)).sum()) for name, values in read.items()}
    most = max(counts.values())
    fitting = [name for name in orders if counts[name] == most]
    if most < int(_is_there(parts).sum()):  # none fits all cells: the first that does not is named
        return _whole(text, parts, fitting[0], where=where, certain=certain)
    chosen = _one_of(fitting, read, conventional=form == "31.01.2024" or "name" in parts.columns)
    if chosen is None:
        raise _undecided(text, read, fitting, where)
    return _whole(text, parts, chosen, where=where, certain=certain)


def _one_of(fitting: list[str], read: dict[str, np.ndarray], *, conventional: bool) -> str | None:
    """The order that is meant, where more than one fits every cell; None where that cannot be told."""
    spans = {name: float(np.ptp(read[name][~np.isnat(read[name])]).astype(float)) for name in fitting}
    if "year-first" in fitting:  # two-digit years: 24-01-31
        others = [name for name in fitting if name != "year-first"]
        nearest = min((spans[name] for name in others), default=np.inf)
        if spans["year-first"] * APART < nearest:
            return "year-first"
        if nearest * APART >= spans["year-first"] and nearest > YEAR and not conventional:
            return None
        fitting = others
    if len(fitting) == 1 or (conventional and fitting[0] == "day-first"):
        return fitting[0]
    same = np.array_equal(read[fitting[0]], read[fitting[1]], equal_nan=True)
    return fitting[0] if same else None


def _undecided(text: pl.Series, read: dict[str, np.ndarray], fitting: list[str], where: str) -> DataError:
    first, second = fitting[:2]
    row = int(np.flatnonzero(~np.isnat(read[first]) & (read[first] != read[second]))[0])
    days = [str(read[name][row].astype("M8[D]")) for name in fitting]
    return DataError(
        f"the dates can be read as {' and as '.join(map(_slashes, fitting))}: every cell fits",
        where=f"{where}, row {row + 1}, column '{text.name}'",
        given=f"{text[row]!r}, which is {' or '.join(days)}",
        instead=f"{SAY[:-1]}; `--drop {text.name}` leaves the column out.",
    )


def _slashes(order: str) -> str:
    return {"day-first": "day/month", "month-first": "month/day", "year-first": "year/month/day"}[order]


def _whole(text: pl.Series, parts: pl.DataFrame, order: str, *, where: str, certain: bool) -> Dates | None:
    """The column read in one order. Cells that do not fit are an error; in a column of few dates they are its text."""
    found = moments(parts, order)
    values = pl.Series(text.name, found).set(pl.Series(np.isnat(found)), None)
    present = len(text) - text.null_count()
    read = len(values) - values.null_count()
    if read < present:
        days = int((~np.isnat(moments(parts, order, midnight=True))).sum())
        if not certain and days <= MOSTLY * present:
            return None
        what = "not a date like the others"
        what += f", which have {WORDS[order]}" if order and not _row_fits(parts, order) else ""
        raise stray(text, values, where=where, what=what, cure=NO_DATE)
    row = _telling(found)
    example = (str(text[row]), str(found[row].astype("M8[D]")))
    told = "" if "name" in parts.columns and order == "day-first" else order  # 31 Jan: no other order is possible
    return Dates(values, told, has_short_years(parts, order), example)


def _telling(found: np.ndarray) -> int:
    """The last row, or the last one with a day beyond the 12th: that shows which of the numbers is the day."""
    there = np.flatnonzero(~np.isnat(found))
    day = found[there].astype("M8[D]") - found[there].astype("M8[M]").astype("M8[D]")
    beyond = there[day.astype(int) >= 12]
    return int(beyond[-1] if len(beyond) else there[-1])


def _row_fits(parts: pl.DataFrame, order: str) -> bool:
    """Whether every cell of the form can be read in the order."""
    return not bool((_is_there(parts) & np.isnat(moments(parts, order))).any())


def _refuse_unread(text: pl.Series, present: int, where: str) -> None:
    """Raise DataError where most cells begin as dates do and go on in a way that is not known."""
    head = _head(text)
    if head.str.contains(UNREAD).sum() <= MOSTLY * min(present, PROBE):
        return
    row = int(text.str.contains(UNREAD).fill_null(value=False).arg_true()[0])
    raise DataError(
        "dates in a form that is not read",
        where=f"{where}, row {row + 1}, column '{text.name}'",
        given=repr(text[row]),
        instead=UNKNOWN.replace("NAME", text.name),
    )
