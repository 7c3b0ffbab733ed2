"""A column with its own markers of 'no value' taken out, the same when a model is made and when it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from isinglass.data.tables.missing.limits import measured
from isinglass.data.tables.missing.sentinels import ROUNDING
from isinglass.data.tables.missing.tokens import MISSING
from isinglass.data.tables.sources.frame import Wrapped


def cleaned(series: pl.Series, missing: tuple[str, ...] | None) -> pl.Series:
    """The column with null where it says that there is no value.

    Texts among which a usual marker ('-', 'NA') is a value come back as a categorical column, whose texts nothing
    reads as markers again.

    Args:
        series: as it stands in the table.
        missing: texts and numbers, in lower case; None: the usual texts, which are read where the column is.
    """
    if missing is None:
        return series
    if series.dtype == pl.String:
        return _texts(series, missing)
    if series.dtype in (pl.Categorical, pl.Enum):
        return series.set(series.cast(pl.String).str.to_lowercase().is_in(list(missing)), None)
    if series.dtype.is_numeric():
        return series.set(_are(series, _numbers(missing)), None)
    return series


def _texts(series: pl.Series, missing: tuple[str, ...]) -> pl.Series:
    text = series.str.strip_chars()
    lower = text.str.to_lowercase()
    gone = lower.is_in(["", *missing]) | _are(text.cast(pl.Float64, strict=False), _numbers(missing))
    text = text.set(gone.fill_null(value=False), None)
    kept = MISSING - set(missing) - {""}
    return text.cast(pl.Categorical) if kept and lower.is_in(sorted(kept)).any() else text


def _numbers(missing: tuple[str, ...]) -> list[float]:
    found = []
    for text in missing:
        try:
            found.append(float(text))
        except ValueError:
            continue
    return [value for value in found if np.isfinite(value)]


def _are(series: pl.Series, numbers: list[float]) -> pl.Series:
    """Whether a value is one of the numbers, to single precision."""
    same = pl.Series(series.name, np.zeros(len(series), bool))
    values = series.cast(pl.Float64)
    for number in numbers:
        width = abs(number) * ROUNDING
        same |= values.is_between(number - width, number + width).fill_null(value=False)
    return same


@dataclass(frozen=True)
class Cleaned(Wrapped):
    """A frame whose columns come without what means 'no value' in them.

    Args:
        frame: the table.
        missing: markers by header, for the columns that have their own.
        censored: headers of the columns whose limits are read as numbers.
        where: file, for messages.
    """

    missing: Mapping[str, tuple[str, ...]]
    censored: frozenset[str] = frozenset()
    where: str = "data"

    def __getitem__(self, name: str, /) -> pl.Series:
        series = cleaned(self.frame[name], self.missing.get(name))
        return measured(series, where=self.where)[0] if name in self.censored else series
