"""Numbers that stand for 'no value', as loggers and archives write them: -9999 among temperatures."""

from __future__ import annotations

import polars as pl

USUAL = {
    float(sign * number) for number in (99, 999, 9999, 99999, 999999, 9999.9, 999.9, 32767, 32768) for sign in (1, -1)
}
USUAL |= {sign * number for number in (1e20, 1e30, 1e35, 1e36) for sign in (1.0, -1.0)}
FAR = 3.0
"""So many times the range of all other values lies between a marker and the nearest of them."""


def marker(series: pl.Series) -> str:
    """A sentence about the smallest or largest value where it looks like a marker, else nothing."""
    if not series.dtype.is_numeric():
        return ""
    for extreme in (series.min(), series.max()):
        if extreme is None or float(extreme) not in USUAL:  # type: ignore[arg-type]
            continue
        others = series.drop_nulls().filter(series.drop_nulls() != extreme)
        if len(others) < 2:
            continue
        low, high = float(others.min()), float(others.max())  # type: ignore[arg-type]
        value = float(extreme)  # type: ignore[arg-type]
        if min(abs(value - low), abs(value - high)) > FAR * (high - low) > 0:
            count = len(series) - series.null_count() - len(others)
            return (
                f"{series.name}: {value:g} in {count} row{'s' * (count != 1)}, far from all other values "
                f"({low:g} to {high:g}): if it means that there is no value, write nothing there."
            )
    return ""
