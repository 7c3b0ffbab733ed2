"""Where and when a row was taken, to which group it belongs and how much it counts."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.data.tables.columns import Header
from isinglass.data.tables.dates.columns import CURE, KNOWN_RUN, clock, number_form, written
from isinglass.data.tables.dates.datetimes import days
from isinglass.data.tables.parsing import labels, numbers, typed
from isinglass.data.tables.selection import Selection
from isinglass.data.tables.sources.frame import Frame
from isinglass.errors import DataError
from isinglass.spec import Kind

RANGES = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 360.0)}


def read_coordinates(frame: Frame, selection: Selection, *, where: str) -> dict[str, np.ndarray]:
    """The declared coordinates, each [sample]: missing text is "", missing numbers are NaN.

    Returns:
        "group" as text, "time" as days since 2000-01-01 (dates) or as the numbers given, "latitude" and "longitude"
        in degrees.

    Raises:
        DataError: a time that is neither number nor date, a latitude outside -90..90 (row and column are named).
    """
    coords: dict[str, np.ndarray] = {}
    for role, header in selection.coords.items():
        series = frame[header.text].alias(header.name)
        if role == "group":
            coords[role] = _texts(labels(series).fill_null(""))
        elif role == "time":
            kind = selection.kinds.get(header.name)
            coords[role] = read_time(series, kind=kind, order=selection.order, where=where)
        else:
            coords[role] = _degrees(series, role, where=where)
    return coords


def _texts(series: pl.Series) -> np.ndarray:
    """Text [sample] as a numpy array, by way of the different values: no Python object a row."""
    different = series.unique().sort()
    codes = series.cast(pl.Enum(different)).to_physical().to_numpy()
    return np.array(different.to_list(), dtype=str)[codes]


def read_time(series: pl.Series, *, kind: Kind | None, where: str, order: str = "") -> np.ndarray:
    """float64 [sample]: numbers as they are, dates as days since 2000-01-01; NaN where missing."""
    series = typed(series, where=where, kind=kind, order=order)
    if series.dtype.is_numeric() and kind is not Kind.DATETIME:
        _require_order(series, where=where)
        return numbers(series, where=where)
    return days(clock(series, where=where, order=order))


def _require_order(series: pl.Series, *, where: str) -> None:
    """Raise DataError where whole numbers are dates that are not in order when the numbers are, as 31012024."""
    run = number_form(series)
    if run not in ("", KNOWN_RUN):
        what = f"whole numbers that are dates, as {run}: rows are not in order by them"
        row = int(series.is_not_null().arg_true()[0])
        raise DataError(what, where=f"{where}, row {row + 1}, column '{series.name}'", given=series[row], instead=CURE)


def time_notes(frame: Frame, selection: Selection, *, where: str) -> tuple[str, ...]:
    """How the dates by which rows are ordered were read, where that had to be decided and no feature tells it."""
    header = selection.coords.get("time")
    if header is None or header in selection.features:
        return ()
    if not has_dates(frame, selection):
        dates = number_form(typed(frame[header.text], where=where)) == KNOWN_RUN
        return (f"{header.name}: all whole numbers are dates: --kind {header.name}=datetime counts days.",) * dates
    told = written(frame[header.text], where=where, order=selection.order).told(header.name)
    return (told,) if told else ()


def has_dates(frame: Frame, selection: Selection) -> bool:
    """Whether `read_time` reads dates: the kind says so, or no cell is a number."""
    header = selection.coords.get("time")
    if header is None:
        return False
    series = frame[header.text]
    if selection.kinds.get(header.name) is Kind.DATETIME:
        return True
    return (
        series.cast(pl.Float64, strict=False).null_count() == len(series)
        if series.dtype == pl.String
        else (not series.dtype.is_numeric())
    )


def _degrees(series: pl.Series, role: str, *, where: str) -> np.ndarray:
    values = numbers(series, where=where)
    low, high = RANGES[role]
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero((values < low) | (values > high))
    if len(bad):
        raise DataError(
            f"a {role} outside {low:g}..{high:g} degrees",
            where=f"{where}, row {bad[0] + 1}, column '{series.name}'",
            given=values[bad[0]],
        )
    return values


def read_weights(frame: Frame, selection: Selection, *, where: str) -> np.ndarray:
    """float64 [sample]: the weight column, or ones.

    Raises:
        DataError: a weight is missing or negative, or all are zero.
    """
    header: Header | None = selection.weight
    if header is None:
        return np.ones(frame.height)
    weights = numbers(frame[header.text].alias(header.name), where=where)
    for wrong, what in ((np.isnan(weights), "a missing weight"), (weights < 0, "a negative weight")):
        bad = np.flatnonzero(wrong)
        if len(bad):
            raise DataError(
                what,
                where=f"{where}, row {bad[0] + 1}, column '{header.name}'",
                given=None if np.isnan(weights[bad[0]]) else weights[bad[0]],
                instead="a number from 0 on; 0 leaves the row out of training.",
            )
    if not weights.any():
        raise DataError("all weights are zero", where=f"{where}, column '{header.name}'")
    return weights
