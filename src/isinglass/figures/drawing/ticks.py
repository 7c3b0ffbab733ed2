"""Axes that can be read: dates as dates, and no more ticks than there is room for."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from isinglass.data.tables.dates import datetimes

CHARACTERS = 36
"""So many characters of labels stand below an axis that is three inches wide."""


def moments(time: np.ndarray, *, dated: bool) -> np.ndarray:
    """[sample] numbers for an axis: days since 2000-01-01 (`dated`) or datetime64 as matplotlib counts them, other
    numbers as they are."""
    time = datetimes.moments(time) if dated else np.asarray(time)
    if time.dtype.kind != "M":
        return time.astype(float)
    return np.asarray(date2num(time), dtype=float)


def date_axis(axes: Axes, *, most: int = 6) -> None:
    """Years, months or hours below the axis, whatever its span asks for."""
    locator = AutoDateLocator(minticks=2, maxticks=most)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def few_ticks(axes: Axes, values: np.ndarray) -> None:
    """Numbers below a narrow axis: fewer the longer they are, with a power of ten apart where they are very long."""
    known = np.asarray(values, float)[np.isfinite(values)]
    if not len(known):
        return
    longest = max(len(f"{value:.6g}") for value in (known.min(), known.max()))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=max(2, min(6, CHARACTERS // (longest + 1))), min_n_ticks=2))
    formatter = ScalarFormatter(useOffset=False, useMathText=False)
    formatter.set_powerlimits((-4, 6))
    axes.xaxis.set_major_formatter(formatter)
