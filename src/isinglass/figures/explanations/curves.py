"""How the answers follow one column: a line an output, and with it, where asked, a line a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isinglass.figures.drawing.style import SERIES, colour, panel, shortened, with_unit

if TYPE_CHECKING:  # a figure is drawn without loading what explains
    from isinglass.explanation.explanation import Explanation

ROWS = 60
"""Rows that have a curve of their own."""


def curve(found: Explanation) -> Figure:
    """The prediction along one column, a line an output."""
    drawn, axes = panel(2.8)
    grid = found.coords["grid"]
    values = found.values.reshape(len(grid), -1)
    numbers = grid.dtype.kind in "fiu"
    places = grid.astype(float) if numbers else np.arange(len(grid))
    if "sample" in found.spec.dims:
        values = _each_row(axes, places, found.values)
    lines = axes.plot(places, values, marker="" if numbers else "o", linestyle="-" if numbers else "none")
    for place, line in enumerate(lines):
        line.set_color(_tint(place))
    if len(lines) == len(found.coords.get("answer", ())) > 1:
        names = [shortened(str(name), 16) for name in found.coords["answer"]]
        drawn.legend(lines, names, loc="outside upper left", ncols=min(4, len(lines)))
    if not numbers:
        axes.set_xticks(places, [shortened(str(name), 12) for name in grid], rotation=90)
    axes.set_xlabel(with_unit(found.spec.names[0], found.spec.units[0]))
    axes.set_ylabel(found.quantity or "mean prediction")
    axes.grid(axis="y")
    return drawn


def _each_row(axes: Axes, places: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A thin line for each of some rows; returns their mean [grid, output]."""
    curves = values.reshape(*values.shape[:2], -1)
    step = max(1, curves.shape[1] // ROWS)
    for output in range(curves.shape[2]):
        axes.plot(places, curves[:, ::step, output], color=_tint(output), linewidth=0.5, alpha=0.3)
    return curves.mean(axis=1)


def _tint(place: int) -> str:
    return colour(SERIES[place % len(SERIES)])
