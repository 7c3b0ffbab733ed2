"""A column's own zero: numbers far from 0 keep their digits where rows are kept in single precision.

Single precision holds 24 bits. It tells steps of 131 seconds in milliseconds since 1970, and steps of 8 in
101,325,000 +- 1.
Where what is rounded away matters beside the spread of a column, x - origin is kept instead of x, the difference taken
in double precision (or among whole numbers): differences from a near value have as many digits as were written.

With m the median and s the distance of the quartiles (of a column that has none, the range), an origin is taken where

    median |x - single(x)| > 1e-5 s    and    |m| > s,        origin = m to the nearest multiple of 2^ceil(log2(4 s)),

so that it stays the same when rows are added. All other columns have 0 and are kept as they are.
"""

from __future__ import annotations

import numpy as np
import polars as pl

LOST = 1e-5
"""Rounding that matters, in spreads: what networks of single precision round themselves."""
EXACT = 2.0**24
"""Whole numbers up to this size are exact in single precision."""
LOOKED_AT = 50_000
"""Values, evenly spaced, that are looked at."""
FEW = 0.01
"""Of different fractions so many may become equal: a random number's last digits tell nothing."""


def origin_of(values: np.ndarray) -> float:
    """The origin of a column [sample] (NaN = missing) by the rule above; 0.0 where none is needed."""
    known = _some(values[np.isfinite(values)])
    if not len(known):
        return 0.0
    low, middle, high = np.quantile(known, (0.25, 0.5, 0.75), method="lower")
    spread = high - low if high > low else np.ptp(known)
    rounded = np.abs(known - known.astype(np.float32).astype(np.float64))
    if spread == 0 or abs(middle) <= spread or np.median(rounded) <= LOST * spread:
        return 0.0
    step = np.exp2(np.ceil(np.log2(4 * spread)))
    return float(np.round(middle / step) * step)


def from_origin(series: pl.Series, values: np.ndarray, origin: float) -> np.ndarray:
    """values - origin, float64 [sample]; whole numbers of the column, however large, are subtracted as such."""
    if origin == 0:
        return values
    if (series.dtype.is_integer() or series.dtype == pl.String) and origin.is_integer():
        whole = series.cast(pl.Int64, strict=False)
        if whole.null_count() == np.isnan(values).sum():
            return (whole - int(origin)).cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return values - origin


def merged(series: pl.Series, kept: np.ndarray) -> int:
    """How many of a column's different values are no longer told apart by what is kept of them.

    Args:
        series: the column, of a numeric type.
        kept: float64 [sample], its values from their origin, NaN = missing.
    """
    known = kept[np.isfinite(kept)]
    some = _some(known)
    if series.dtype.is_integer() or bool((some == np.round(some)).all()):
        if np.abs(known).max(initial=0.0) <= EXACT:
            return 0
    elif len(np.unique(some.astype(np.float32))) >= (1 - FEW) * len(np.unique(some)):
        return 0
    return series.drop_nulls().n_unique() - len(np.unique(known.astype(np.float32)))


def _some(values: np.ndarray) -> np.ndarray:
    return values[:: max(1, -(-len(values) // LOOKED_AT))]
