"""The forms in which a date can be written, and the moments that their numbers name.

A form is a pattern with named groups. `a`, `b` and `c` are three numbers whose order is decided elsewhere, from the
whole column; `year`, `month` and `day` are certain.
"""

from __future__ import annotations

import numpy as np
import polars as pl

ORDERS = {"day-first": "cba", "month-first": "cab", "year-first": "abc"}
"""Which of the three numbers are year, month and day."""

PIVOT = 69
"""Years of two digits: 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068 (`%y` of POSIX.1-2008 and of Python)."""

EARLIEST = 1000
"""A year below is no date of a table."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAME = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
ZONE = r"(?:\s*(?:Z|[A-Z]{3,4}))?(?:\s*[+-]\d{2}(?::?\d{2})?)?(?:\[[\w/+-]+\])?"
CLOCK = (
    r"(?:\s*[T,:_\s]\s*(?P<hour>\d{1,2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    rf"(?:\s*(?P<half>[ap])\.?m\.?)?{ZONE}|Z)?"
)
YEAR, SHORT = r"(?P<year>[1-9]\d{3})", r"(?P<c>\d{4}|\d{2})"


def _three(mark: str, year: str = SHORT) -> str:
    return rf"(?P<a>\d{{1,2}}){mark}(?P<b>\d{{1,2}}){mark}{year}"


def _year_first(mark: str) -> str:
    return rf"{YEAR}{mark}(?P<month>\d{{1,2}}){mark}(?P<day>\d{{1,2}})"


FORMS = {
    "2024-01-31": _year_first("-"),
    "2024/01/31": _year_first("/"),
    "2024.01.31": _year_first(r"\."),
    "2024 01 31": _year_first("[ _]"),
    "20240131": rf"{YEAR}(?P<month>\d{{2}})(?P<day>\d{{2}})",
    "2024-01": rf"{YEAR}-(?P<month>\d{{2}})",
    "01/2024": r"(?P<month>\d{1,2})[/.-](?P<year>(?:1[89]|2[01])\d{2})",
    "31/01/2024": _three("/"),
    "31-01-2024": _three("-"),
    "31.01.2024": _three(r"\."),
    "31 01 2024": _three("[ _]", r"(?P<c>\d{4})"),
    "31 Jan 2024": rf"(?P<a>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s/.,-]*(?P<name>{NAME})\.?[\s/.,-]*{SHORT}",
    "Jan 31, 2024": rf"(?P<name>{NAME})\.?[\s-]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,\s*|[\s-]+){YEAR}",
    "2024 Jan 31": rf"{YEAR}[\s/-]*(?P<name>{NAME})\.?[\s/-]*(?P<day>\d{{1,2}})",
    "Jan 2024": rf"(?P<name>{NAME})\.?[\s/,-]+{YEAR}",
}
"""By an example of each: the date, without the time of the day that may follow it."""

UNREAD = (
    r"(?i)^(?:\d{4}-W\d{2}(?:-\d)?|(?:1[89]|2[01])\d{2}-(?:[0-2]\d{2}|3[0-6]\d)"
    r"|(?:1[89]|2[01])\d{2}[\s-]?Q[1-4]|Q[1-4][\s/-]?(?:1[89]|2[01])\d{2}"
    rf"|(?:{NAME})[\s'-]*\d{{2}}"
    r"|\d{1,2}:\d{2}.*\s(?:\d{1,2}([./-])\d{1,2}[./-]\d{2,4}|\d{4}([./-])\d{1,2}[./-]\d{1,2})"
    rf"|{WEEKDAY}(?:{NAME})\.?\s.*\d{{4}}.*|{WEEKDAY}\d{{1,2}}\.?[\s/-]*(?:{NAME})\b.*\d"
    r"|\d{1,2}\.?[\s/-]*(?:jän|janv|janeiro|ene|feb|fév|fev|mär|mrz|mars|mrt|març|abr|avr|apr|mai|mei|maj|juin|juil|giu|"
    r"lug|ago|aoû|set|okt|out|ott|dez|déc|dic|des)\p{L}*\.?[\s/-]*\d{2,4}\b.*"
    r"|\d{1,2}([./-])\d{1,2}[./-]\d{2,4}[\sT,:]+\d.*|\d{4}([./-])\d{1,2}[./-]\d{1,2}[\sT,:]+\d.*)$"
)
"""Cells that begin as dates do, and go on in a way that is not known."""


def pattern(form: str) -> str:
    """The whole cell, with the day of the week before and the time of the day behind, whatever its case."""
    return rf"(?i)^{WEEKDAY}{FORMS[form]}{CLOCK}$"


def fields(text: pl.Series, form: str) -> pl.DataFrame:
    """The named parts of each cell as text; null where the form does not fit or the part is not there."""
    return text.str.extract_groups(pattern(form)).struct.unnest()


def orders_of(parts: pl.DataFrame) -> tuple[str, ...]:
    """In which orders the numbers of a form can be read; none where its order is certain."""
    if "a" not in parts.columns:
        return ()
    return tuple(order for order in ORDERS if "name" not in parts.columns or order != "month-first")


def has_short_years(parts: pl.DataFrame, order: str) -> bool:
    """Whether a year is written with two digits."""
    if not order:
        return False
    year = parts[ORDERS[order][0]]
    return bool((year.str.len_chars() <= 2).any())


def moments(parts: pl.DataFrame, order: str = "", *, midnight: bool = False) -> np.ndarray:
    """The local date-times of `fields` as datetime64[us] [sample]; NaT where there are none, as on 31 February.
    `midnight` leaves the time of the day out."""
    year, month, day = _calendar(parts, order)
    known = (year >= EARLIEST) & (month >= 1) & (month <= 12) & (day >= 1)
    first = np.where(known, 12 * (year - 1970) + month - 1, 0).astype("M8[M]")
    date = first.astype("M8[D]") + np.where(known, day - 1, 0)
    clock = np.zeros(parts.height, np.int64) if midnight else _clock(parts)
    known &= (date.astype("M8[M]") == first) & (clock >= 0)
    return np.where(known, date.astype("M8[us]") + clock.astype("m8[us]"), np.datetime64("NaT", "us"))


def _calendar(parts: pl.DataFrame, order: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not order:
        day = _whole(parts, "day") if "day" in parts.columns else np.ones(parts.height, np.int64)
        return _whole(parts, "year"), _month(parts, "month"), day
    year, month, day = ORDERS[order]
    if "name" in parts.columns:  # the name stands in the middle
        year, day = ("a", "c") if order == "year-first" else ("c", "a")
    short = (parts[day].str.len_chars() <= 2).fill_null(value=False).to_numpy()
    return _full_year(parts[year]), _month(parts, month), np.where(short, _whole(parts, day), -1)


def _whole(parts: pl.DataFrame, name: str, absent: int = -1) -> np.ndarray:
    return parts[name].cast(pl.Int64, strict=False).fill_null(absent).to_numpy()


def _month(parts: pl.DataFrame, name: str) -> np.ndarray:
    if "name" not in parts.columns:
        return _whole(parts, name)
    short = parts["name"].str.to_lowercase().str.slice(0, 3)
    return short.replace_strict(MONTHS, range(1, 13), default=None, return_dtype=pl.Int64).fill_null(-1).to_numpy()


def _full_year(texts: pl.Series) -> np.ndarray:
    """Two digits by the pivot, four as they are; one or three are none."""
    year = texts.cast(pl.Int64, strict=False).fill_null(-1).to_numpy()
    length = texts.str.len_chars().fill_null(0).to_numpy()
    full = np.where(year >= PIVOT, 1900, 2000) + year
    return np.where(length == 2, full, np.where(length == 4, year, -1))


def _clock(parts: pl.DataFrame) -> np.ndarray:
    """Microseconds since midnight, int64 [sample]; -1 where the hour, the minute or the second does not exist."""
    hour, minute, second = (_whole(parts, name, 0) for name in ("hour", "minute", "second"))
    fraction = (parts["fraction"].fill_null("") + "000000").str.slice(0, 6).cast(pl.Int64).to_numpy()
    half = parts["half"].str.to_lowercase()
    if half.null_count() < len(half):  # the clock of twelve hours: for every time of the column, or it is none
        twelve = half.is_not_null().to_numpy()
        alone = ~twelve & parts["hour"].is_not_null().to_numpy()
        late = (half == "p").fill_null(value=False).to_numpy()
        hour = np.where((twelve & (hour > 12)) | alone, 99, np.where(twelve, hour % 12 + 12 * late, hour))
    known = (hour < 24) & (minute < 60) & (second < 60)
    return np.where(known, ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction, -1)
