"""Earlier values as inputs: a column's value one, two, seven steps before, of the same group.

Steps are those of the clock: the commonest distance of two times of a group, or months or years of the calendar. Where
the value of that very time is not among the rows there is none (NaN); nothing is ever taken from the row's own time or
from later. Where times keep no step, lags count the rows before, and a note says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from isinglass.data.tables.columns import Header, find_header, read_headers
from isinglass.data.tables.coordinates import read_time
from isinglass.data.tables.dates.columns import clock
from isinglass.data.tables.parsing import labels, numbers, typed
from isinglass.data.tables.selection import order_of
from isinglass.data.tables.sources.frame import Frame
from isinglass.errors import DataError, RecipeError
from isinglass.recipe import DataRecipe

REGULAR = 0.95
"""Part of the times that lie on a common step, from which on it is the clock's."""
NEAR = 0.01
"""How far from its step a time may lie, in steps."""
MONTH, YEAR = (28.0, 31.0), (365.0, 366.0)
"""Days between two months, two years."""


@dataclass(frozen=True)
class Extended:
    """A frame with further columns in memory."""

    base: Frame
    more: Mapping[str, pl.Series]

    @property
    def columns(self) -> list[str]:
        """The base's, then the further ones."""
        return [*self.base.columns, *self.more]

    @property
    def height(self) -> int:
        """Rows."""
        return self.base.height

    def __getitem__(self, name: str, /) -> pl.Series:
        return self.more[name] if name in self.more else self.base[name]


def lag_name(column: str, lag: int) -> str:
    """The name of the input that holds a column's value so many steps before."""
    return f"{column} lag {lag}"


def with_lags(frame: Frame, recipe: DataRecipe, *, where: str, asked: bool = False) -> tuple[Frame, tuple[str, ...]]:
    """The frame with the columns that `data.lags` asks for, and notes.

    Args:
        frame: a table with the recipe's time, group and lagged columns.
        recipe: the `[data]` table.
        where: for messages.
        asked: these rows are asked about: none of them having any earlier row is an error.

    Raises:
        RecipeError: lags without a time. DataError: a column is missing or holds no numbers, two rows of a group at one
            time, or rows that are asked about without earlier ones.
    """
    if not recipe.lags:
        return frame, ()
    if not recipe.time:
        raise RecipeError("lags need a time", where="data.lags", given=_listed(recipe), instead="--time COLUMN")
    headers = read_headers(frame.columns)
    group = _groups(frame, headers, recipe, where)
    position, notes = _positions(frame, headers, recipe, group, where)
    more: dict[str, pl.Series] = {}
    for column, lags in recipe.lags.items():
        header = _header(column, headers, where)
        values = _values(frame, header, where)
        for lag in sorted(set(lags)):
            name = lag_name(header.name, lag) + (f" [{header.unit}]" if header.unit else "")
            more[name] = pl.Series(name, _before(values, group, position, lag)).fill_nan(None)
    lost = np.all([series.is_null().to_numpy() for series in more.values()], axis=0)
    return Extended(frame, more), (*notes, *_alone(lost, recipe, where, asked=asked))


def _before(values: np.ndarray, group: np.ndarray, position: np.ndarray, lag: int) -> np.ndarray:
    """The value of the row of the same group at `position - lag`, NaN where there is none."""
    if lag >= position.max() + 1:
        return np.full(len(values), np.nan)
    keys = group * (2 * (int(position.max()) + 1)) + position
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    place = np.searchsorted(ordered, keys - lag).clip(max=len(keys) - 1)
    found = (ordered[place] == keys - lag) & (position >= lag)
    return np.where(found, values[order[place]], np.nan)


def _groups(frame: Frame, headers: tuple[Header, ...], recipe: DataRecipe, where: str) -> np.ndarray:
    if not recipe.group:
        return np.zeros(frame.height, np.int64)
    header = find_header(recipe.group, headers, where=where, purpose="group")
    return np.unique(labels(frame[header.text]).fill_null("").to_numpy().astype(str), return_inverse=True)[1]


def _positions(
    frame: Frame, headers: tuple[Header, ...], recipe: DataRecipe, group: np.ndarray, where: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Whole steps from the first time: int64 [sample], no two of a group alike."""
    header = find_header(recipe.time, headers, where=where, purpose="time")
    series = frame[header.text].alias(header.name)
    kind = recipe.kinds.get(header.name)
    time = read_time(series, kind=kind, order=order_of(recipe), where=where)
    order = np.lexsort((time, group))
    gaps = np.diff(time[order])[np.diff(group[order]) == 0]
    gaps = gaps[np.isfinite(gaps)]
    if (gaps == 0).any():
        raise DataError(
            f"{int((gaps == 0).sum())} rows have the time of another row of their group: which is the earlier value?",
            where=f"{where}, column '{header.name}'",
            instead="--group COLUMN tells series apart.",
        )
    found = _steps(series, time, gaps, recipe, where) if len(gaps) else None
    if found is not None:
        return found, ()
    rank = np.arange(len(time)) - np.searchsorted(group[order], group[order])
    position = np.empty(len(time), np.int64)
    position[order] = rank
    return position, (f"{header.name}: the times keep no step: lags count the rows before",)


def _steps(series: pl.Series, time: np.ndarray, gaps: np.ndarray, recipe: DataRecipe, where: str) -> np.ndarray | None:
    """Months or years of the calendar, or multiples of the commonest distance; None where there is none."""
    shortest, longest = float(gaps.min()), float(gaps.max())
    parsed = typed(series, where=where, kind=recipe.kinds.get(series.name), order=order_of(recipe))
    if not parsed.dtype.is_numeric() and np.isfinite(time).all():
        moments = clock(parsed, where=where, order=order_of(recipe))
        year, month = moments.dt.year().to_numpy().astype(np.int64), moments.dt.month().to_numpy().astype(np.int64)
        common = float(np.median(gaps))
        if MONTH[0] <= shortest and MONTH[0] <= common <= MONTH[1] and (longest == shortest) is False:
            months = 12 * year + month
            return months - months.min()
        if YEAR[0] <= shortest and YEAR[0] <= common <= YEAR[1]:
            return year - year.min()
    rounded, counts = np.unique(np.round(gaps, 9), return_counts=True)
    step = float(rounded[np.argmax(counts)])
    steps = (time - np.nanmin(time)) / step
    on = np.abs(steps - np.round(steps)) <= NEAR
    whole = np.nan_to_num(np.round(steps)).astype(np.int64)
    return whole if on.mean() >= REGULAR and shortest >= step * (1 - NEAR) else None


def _header(column: str, headers: tuple[Header, ...], where: str) -> Header:
    try:
        return find_header(column, headers, where=where, purpose="column for lags")
    except DataError as error:
        cure = "earlier rows with that column, and the rows that are asked about below them, in one table."
        raise DataError(error.what, where=where, allowed=error.allowed, instead=cure) from None


def _values(frame: Frame, header: Header, where: str) -> np.ndarray:
    series = typed(frame[header.text].alias(header.name), where=where)
    if series.null_count() == len(series):
        return np.full(len(series), np.nan)
    if not series.dtype.is_numeric() and series.dtype != pl.Boolean:
        raise DataError(
            "lags are of numbers", where=f"{where}, column '{header.name}'", given=str(series.dtype), allowed="numbers"
        )
    return numbers(series, where=where)


def _alone(lost: np.ndarray, recipe: DataRecipe, where: str, *, asked: bool) -> tuple[str, ...]:
    count = int(lost.sum())
    if asked and count == len(lost):
        raise DataError(
            f"none of these rows has an earlier one: the lags of {', '.join(recipe.lags)} are empty",
            where=where,
            instead="earlier rows (with their values) and the rows that are asked about (which may lack the target), "
            "in one table.",
        )
    few = f"{count} row has" if count == 1 else f"{count} rows have"
    return (f"{few} none of the earlier values that lags ask for: read as missing",) if count else ()


def _listed(recipe: DataRecipe) -> str:
    return "; ".join(f"{column} = {', '.join(map(str, lags))}" for column, lags in recipe.lags.items())
