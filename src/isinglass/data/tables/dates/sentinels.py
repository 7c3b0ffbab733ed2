"""Days by which data bases mean 'no date': 9999-12-31, 2099-12-31, 1900-01-01, 1970-01-01."""

from __future__ import annotations

from datetime import date

import polars as pl

from isinglass.data.tables.missing.sentinels import FAR, REPEATED, setting
from isinglass.errors import DataError

FUTURE = 2500
"""A year from here on, in a column whose other dates are far away, is no moment of a study."""


def refuse_far_future(moments: pl.Series, cells: pl.Series, *, where: str) -> str:
    """A sentence about the first or the last day of a column where it occurs again and again, further from the others
    than three times their range; nothing where it does not.

    Args:
        moments: the column as date-times.
        cells: as it stands in the table.
        where: file, for messages.

    Raises:
        DataError: such a day lies in the far future, as 9999-12-31: rows would be ordered by it.
    """
    days = moments.dt.date()
    for day in (days.min(), days.max()):
        others = days.filter(days != day)
        low, high = others.min(), others.max()
        if not (isinstance(day, date) and isinstance(low, date) and isinstance(high, date)):
            continue
        if low < high and _is_far(day, low, high):
            return _told(cells, days == day, day.year >= FUTURE, f"{low} to {high}", where)
    return ""


def _is_far(day: date, low: date, high: date) -> bool:
    return min(abs(day - low), abs(day - high)) > FAR * (high - low)


def _told(cells: pl.Series, rows: pl.Series, future: bool, others: str, where: str) -> str:
    row, name, count = int(rows.arg_true()[0]), cells.name, int(rows.sum())
    cell = str(cells[row])
    cure = "write nothing there" + (f", or say {setting(name, cell)}" if cells.dtype == pl.String else "")
    if future:
        raise DataError(
            f"a day far from all others ({others}){f' in {count} rows' * (count > 1)}",
            where=f"{where}, row {row + 1}, column '{name}'",
            given=repr(cell),
            instead=f"if it means that there is no date, {cure}; `--drop {name}` leaves the column out.",
        )
    if count < REPEATED:
        return ""
    return f"{name}: {cell} in {count} rows, far from all other dates ({others}): if it means 'no date', {cure}."
