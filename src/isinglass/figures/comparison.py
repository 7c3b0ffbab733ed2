"""The network beside the conventional methods, on the same unseen rows."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.report import Measure, Method, Report
from isinglass.figures.drawing.style import colour, panel, shortened, with_unit
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.figures.drawing.ticks import few_ticks

BETTER = {"low": "lower is better", "high": "higher is better", "nominal": "nearer the line is better"}

NAME = 24
"""Characters of a method's name."""


def comparison(report: Report) -> list[Drawing]:
    """A dot and an interval a method, best on top, for the first two measures that two methods share."""
    shared = [m for m in report.measures if len(_known(report, m)) > 1]
    return [_dot_plot(report, measure) for measure in shared[:2]]


def _known(report: Report, measure: Measure) -> list[tuple[Method, Interval]]:
    found = [(method, method.values.get(measure.name, Interval(math.nan))) for method in report.methods]
    found = [(method, value) for method, value in found if math.isfinite(value.value)]
    return sorted(found, key=lambda pair: measure.badness(pair[1].value), reverse=True)


def _dot_plot(report: Report, measure: Measure) -> Drawing:
    known = _known(report, measure)
    figure, axes = panel(0.75 + 0.27 * len(known))
    for height, (method, value) in enumerate(known):
        _interval(axes, height, method, value)
    axes.set_yticks(range(len(known)), [_named(method.name) for method, _ in known])
    for label, (method, _) in zip(axes.get_yticklabels(), known, strict=True):
        label.set_color(colour("network" if method.network else "ink"))
        label.set_fontweight("bold" if method.network else "normal")
    axes.set_ylim(-0.6, len(known) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    if measure.nominal is not None:
        axes.axvline(measure.nominal, color=colour("muted"), linewidth=0.8)
    few_ticks(axes, np.array(axes.get_xlim()))
    axes.set_xlabel(with_unit(measure.label, measure.unit))
    best = known[-1][0].name
    bars = " Bars are 95 % bootstrap intervals." if any(math.isfinite(value.low) for _, value in known) else ""
    alt = f"{measure.label} of {len(known)} methods on the same unseen rows; {best} is best."
    caption = f"{measure.label[:1].upper()}{measure.label[1:]}, {BETTER[measure.better]}.{bars}"
    key = f"comparison-{measure.name}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption)


def _named(name: str) -> str:
    """A long name without its brackets, as `persistence (the last value)`, or else without its middle."""
    start = name.split(" (")[0]
    return name if len(name) <= NAME else start if len(start) <= NAME else shortened(name, NAME)


def _interval(axes: Axes, height: int, method: Method, value: Interval) -> None:
    shade = colour("network" if method.network else "reference")
    if math.isfinite(value.low) and math.isfinite(value.high):
        axes.plot([value.low, value.high], [height, height], color=shade, linewidth=2.2, alpha=0.45)
    axes.plot([value.value], [height], marker="o", markersize=5.5 if method.network else 4.5, color=shade)
