"""What the model answers as one column is swept."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from isinglass.evaluation.report import Effect, Report
from isinglass.figures.drawing.style import colour, panel, shortened, with_unit
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.figures.drawing.ticks import date_axis, few_ticks, moments

MOST = 12
"""Curves drawn."""
BROAD, TALL = 34, 28
"""Characters of a label below, and beside, such a small panel."""
LETTERS = 26
"""Characters of categories' names side by side below it."""
LEVELS = 14
"""Categories drawn in one curve."""
TURN = {
    "year": ("time of the year", ("Jan", "Apr", "Jul", "Oct", "Jan")),
    "day": ("time of day", ("0 h", "6 h", "12 h", "18 h", "24 h")),
}
"""What stands below the quarters of a year and of a day."""


def effects(report: Report) -> list[Drawing]:
    """One small figure a column and output, all with the range of their output."""
    shown = report.effects[:MOST]
    ranges = {output: _range([e for e in shown if e.output == output]) for output in {e.output for e in shown}}
    return [_effect(effect, index, ranges[effect.output]) for index, effect in enumerate(shown)]


def _range(effects: list[Effect]) -> tuple[float, float]:
    ends = [end for effect in effects for end in _ends(effect)]
    low, high = min(ends), max(ends)
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin


def _ends(effect: Effect) -> tuple[float, float]:
    """Of the band, and of nine in ten values of single rows' curves: the few others are cut."""
    low, high = _band(effect)
    rows = [] if effect.individual is None else np.quantile(effect.individual, [0.05, 0.95]).tolist()
    return min([float(np.min(low)), *rows]), max([float(np.max(high)), *rows])


def _band(effect: Effect) -> tuple[np.ndarray, np.ndarray]:
    if effect.members is None or len(effect.members) < 2:
        return effect.mean, effect.mean
    low, high = np.percentile(effect.members, [5, 95], axis=0)
    return np.minimum(low, effect.mean), np.maximum(high, effect.mean)


def _effect(effect: Effect, index: int, limits: tuple[float, float]) -> Drawing:
    figure, axes = panel(2.2, width=2.9)
    if effect.grid.dtype.kind in "fiu":
        _curve(axes, effect, limits)
    else:
        _levels(axes, effect)
    axes.set_ylim(*limits)
    axes.set_xlabel(_below(effect))
    axes.set_ylabel(with_unit(effect.output, effect.output_unit, limit=TALL))
    axes.grid(axis="y")
    rows = "" if effect.individual is None else " Thin lines: single rows."
    alt = f"Average prediction of {effect.output} as {effect.column} is swept, with the members' spread.{rows}"
    key = f"effect-{index}"
    return Drawing(key, to_svg(figure, key, alt), alt, "")


def _below(effect: Effect) -> str:
    """The axis label: of a date its column and what of it is swept."""
    if not effect.calendar:
        return with_unit(effect.column, effect.unit, limit=BROAD)
    date = effect.column.rsplit(" ", 1)[0]
    return date if effect.calendar == "date" else f"{date}: {TURN[effect.calendar][0]}"


def _ticks(axes: Axes, effect: Effect, grid: np.ndarray) -> None:
    if effect.calendar == "date":
        date_axis(axes, most=4)
    elif effect.calendar:
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], TURN[effect.calendar][1])
    else:
        few_ticks(axes, grid)


def _curve(axes: Axes, effect: Effect, limits: tuple[float, float]) -> None:
    grid = moments(effect.grid.astype(float), dated=effect.calendar == "date")
    _ticks(axes, effect, grid)
    if effect.individual is not None:
        axes.plot(grid, effect.individual[:30].T, color=colour("muted"), linewidth=0.5, alpha=0.35)
    axes.fill_between(grid, *_band(effect), color=colour("network"), alpha=0.22, linewidth=0)
    axes.plot(grid, effect.mean, color=colour("network"))
    known = np.zeros(0) if effect.observed is None else effect.observed[np.isfinite(effect.observed)]
    if len(known):
        ticks = np.quantile(known.astype(float), np.linspace(0.01, 0.99, 60))
        inside = moments(ticks, dated=effect.calendar == "date")
        axes.vlines(inside, 0.0, 0.04, transform=axes.get_xaxis_transform(), color=colour("muted"), linewidth=0.6)


def _levels(axes: Axes, effect: Effect) -> None:
    low, high = (end[:LEVELS] for end in _band(effect))
    place = np.arange(len(low))
    axes.vlines(place, low, high, color=colour("network"), alpha=0.45, linewidth=2.2)
    axes.plot(place, effect.mean[:LEVELS], linestyle="none", marker="o", markersize=4.5, color=colour("network"))
    names = [shortened(str(name), 12) for name in effect.grid[:LEVELS]]
    axes.set_xticks(place, names, rotation=90 if len(names) * (max(map(len, names)) + 1) > LETTERS else 0)
    axes.set_xlim(-0.6, len(place) - 0.4)
