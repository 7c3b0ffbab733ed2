"""Where it goes wrong: the score of each group, season and month, and the residuals in time and on the map."""

from __future__ import annotations

import math

import numpy as np

from isinglass.evaluation.parts import PartScore
from isinglass.evaluation.report import Report, Unseen
from isinglass.figures.drawing.plot_helpers import dot_label, dots, thinned
from isinglass.figures.drawing.style import colour, legend_above, panel, shortened, with_unit
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.figures.drawing.ticks import date_axis, moments

GROUPS = 24
"""Of more groups the worst are drawn."""
SERIES_SHOWN = 3
"""Groups whose course in time is drawn, the largest."""
BARS = 400
"""Rows of a course whose intervals are drawn one by one; of more rows an even choice has one."""
SIZES = (2.5, 4.0, 6.0, 8.5)
"""Dots on the map, points, by quarters of the largest residual."""


def parts(report: Report) -> list[Drawing]:
    """A dot and an interval a part, for each way to divide the rows."""
    divisions: dict[str, list[PartScore]] = {}
    for part in report.parts:
        divisions.setdefault(part.by, []).append(part)
    return [_dot_plot(report, by, found) for by, found in divisions.items()]


def _dot_plot(report: Report, by: str, found: list[PartScore]) -> Drawing:
    measure = report.measures[0]
    calendar = by in ("season", "month")
    if not calendar:
        found = sorted(found, key=lambda part: measure.badness(part.values[measure.name].value), reverse=True)
    shown = found[:GROUPS]
    figure, axes = panel(0.75 + 0.23 * len(shown))
    for height, part in enumerate(shown):
        value = part.values[measure.name]
        if math.isfinite(value.low) and math.isfinite(value.high):
            axes.plot([value.low, value.high], [height] * 2, color=colour("reference"), linewidth=2.2, alpha=0.45)
        axes.plot([value.value], [height], marker="o", markersize=4.5, color=colour("reference"))
    whole = report.network.values.get(measure.name)
    if whole is not None and math.isfinite(whole.value):
        axes.axvline(whole.value, color=colour("network"), linewidth=0.9)
    axes.set_yticks(range(len(shown)), [f"{shortened(part.name)} ({part.rows})" for part in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(with_unit(measure.label, measure.unit))
    worst = max(found, key=lambda part: measure.badness(part.values[measure.name].value)).name
    alt = f"{measure.label} of the unseen rows by {by}; worst for {worst}."
    more = f" The worst {GROUPS} of {len(found)} are shown." if len(found) > GROUPS else ""
    single = (
        " No bar: a single independent unit." if any(not math.isfinite(_low(p, measure.name)) for p in shown) else ""
    )
    caption = f"By {by}, with the number of rows. Line: all rows. Bars: 95 % intervals.{single}{more}"
    key = f"parts-{''.join(c if c.isalnum() else '-' for c in by)}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption)


def _low(part: PartScore, name: str) -> float:
    return part.values[name].low


def course(report: Report) -> list[Drawing]:
    """Observed and predicted along time, for the first output; of grouped rows for the largest groups."""
    unseen = report.unseen
    if unseen is None or unseen.mean is None or unseen.time is None:
        return []
    if unseen.group is None:
        return [_course(report, unseen, np.arange(len(unseen.time)), "", 0)]
    names, rows = np.unique(unseen.group, return_counts=True)
    largest = names[np.argsort(-rows, kind="stable")[:SERIES_SHOWN]]
    mine = [np.flatnonzero(unseen.group == name) for name in largest]
    return [
        _course(report, unseen, rows, str(name), k) for k, (name, rows) in enumerate(zip(largest, mine, strict=True))
    ]


def _course(report: Report, unseen: Unseen, rows: np.ndarray, group: str, number: int) -> Drawing:
    assert unseen.mean is not None
    assert unseen.time is not None
    rows = rows[np.argsort(unseen.time[rows], kind="stable")]
    figure, axes = panel(2.8)
    time = moments(unseen.time[rows], dated=report.splits.dated)
    if report.splits.dated:
        date_axis(axes)
    if unseen.low is not None and unseen.high is not None:
        some = slice(None, None, -(-len(rows) // BARS))
        low, high = unseen.low[rows, 0][some], unseen.high[rows, 0][some]
        axes.vlines(time[some], low, high, color=colour("network"), alpha=0.25, linewidth=1.2)
    shown = thinned(len(rows))
    dots(axes, time[shown], unseen.mean[rows[shown], 0], name="network", size=2.4, alpha=0.8)
    dots(axes, time[shown], unseen.observed[rows[shown], 0], name="reference", size=2.4, alpha=0.8)
    dot_label(axes, name="reference", label="observed")
    dot_label(axes, name="network", label=f"predicted, {100 * unseen.coverage:.0f} % interval")
    legend_above(axes)
    axes.set_xlabel(report.splits.time_label)
    axes.set_ylabel(with_unit(unseen.names[0], unseen.units[0] if unseen.units else ""))
    axes.grid(axis="y")
    whose = f" of {group}" if group else ""
    alt = f"Observed and predicted {unseen.names[0]}{whose} along {report.splits.time_label}, unseen rows."
    caption = f"{group + ': ' if group else ''}unseen rows along {report.splits.time_label}."
    key = f"course-{number}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption[:1].upper() + caption[1:])


def places(report: Report) -> list[Drawing]:
    """Mean residuals on the map, for the first output: size by size, colour by sign."""
    unseen = report.unseen
    if unseen is None or unseen.mean is None or unseen.position is None:
        return []
    spots, code = np.unique(unseen.position, axis=0, return_inverse=True)
    rows = np.bincount(code.ravel())
    left = np.bincount(code.ravel(), weights=unseen.observed[:, 0] - unseen.mean[:, 0]) / rows
    if len(spots) < 2:
        return []
    figure, axes = panel(2.9)
    largest = float(np.quantile(np.abs(left), 0.98)) or 1.0
    shown = thinned(len(spots))
    step = np.clip(np.abs(left[shown]) / largest * len(SIZES), 0, len(SIZES) - 1).astype(int)
    for name, sign in (("alarm", 1), ("reference", -1)):
        for size, points in enumerate(SIZES):
            mine = shown[(step == size) & (np.sign(left[shown]) == sign)]
            dots(axes, spots[mine, 0], spots[mine, 1], name=name, size=points, alpha=0.6)
    dot_label(axes, name="alarm", label="observed above predicted")
    dot_label(axes, name="reference", label="below")
    legend_above(axes)
    axes.set_xlabel("longitude (°E)")
    axes.set_ylabel("latitude (°N)")
    axes.margins(0.06)
    axes.autoscale_view()
    axes.grid()
    name, unit = unseen.names[0], unseen.units[0] if unseen.units else ""
    alt = f"Where the residuals of {name} lie, by size and sign."
    mean = "Mean residual of each place; " if rows.max() > 1 else "Residuals; "
    caption = f"{mean}the largest dots stand for {_round(largest * 3 / 4)} {unit}".rstrip() + " and more."
    return [Drawing("places", to_svg(figure, "places", alt), alt, caption)]


def _round(value: float) -> str:
    """Three digits, and zeros rather than a power of ten where they are few: 174000."""
    short = f"{value:.3g}"
    return f"{float(short):.0f}" if 1e3 <= abs(value) < 1e7 else short
