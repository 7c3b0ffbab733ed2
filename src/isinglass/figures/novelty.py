"""How far outside the training data the unseen rows lie, and what that costs."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.report import Novelty, Report
from isinglass.figures.drawing.plot_helpers import running
from isinglass.figures.drawing.style import colour, legend_above, panel
from isinglass.figures.drawing.svg import Drawing, to_svg

NAMED = 5
"""Features that the caption names."""


def novelty(report: Report) -> list[Drawing]:
    """The distribution of novelty, and the error along it where it is known."""
    part = report.novelty
    if part is None or not np.isfinite(part.values).any():
        return []
    return [_histogram(part)] + ([_error(part)] if part.error is not None and len(part.values) >= 60 else [])


def _histogram(part: Novelty) -> Drawing:
    values = part.values[np.isfinite(part.values)]
    figure, axes = panel(2.5)
    end = _end(values)
    edges = np.linspace(0.0, end, 41)
    counts = np.histogram(np.minimum(values, end), bins=edges)[0]
    middle, width = (edges[1:] + edges[:-1]) / 2, edges[1]
    for inside, name, label in ((True, "reference", "inside"), (False, "alarm", "outside")):
        mine = (middle <= 1) == inside
        axes.bar(middle[mine], counts[mine], width=0.92 * width, color=colour(name), alpha=0.8, label=label)
    axes.axvline(1.0, color=colour("ink"), linewidth=0.8)
    axes.set_xlabel("novelty (above 1: outside the training data)")
    axes.set_ylabel("unseen rows")
    legend_above(axes)
    share = 100 * float((values > 1).mean())
    alt = f"Histogram of the novelty of the unseen rows; {share:.0f} % lie outside the training data."
    more = " The last bar holds all beyond." if values.max() > end else ""
    caption = f"{share:.1f} % of the unseen rows lie outside the training data.{more}{_ranges(part)}"
    return Drawing("novelty", to_svg(figure, "novelty", alt), alt, caption)


def _end(values: np.ndarray) -> float:
    """Where the axis of novelty ends: a few rows far out must not press all others into a line."""
    return max(1.2, min(float(values.max()), 3 * float(np.quantile(values, 0.9))))


def _ranges(part: Novelty) -> str:
    """Which features lie beyond their training ranges, the most frequent first."""
    shares = sorted(zip(part.features, part.beyond, strict=True), key=lambda pair: -pair[1])
    named = [f"{name} in {100 * share:.3g} %" for name, share in shares[:NAMED] if share > 0]
    return f" Beyond the training range: {', '.join(named)} of the rows." if named else ""


def _error(part: Novelty) -> Drawing:
    assert part.error is not None
    figure, axes = panel(2.5)
    known = np.isfinite(part.values) & np.isfinite(part.error)
    values, end = part.values[known], _end(part.values[known])
    x, low, middle, high = running(np.minimum(values, end), part.error[known], [0.25, 0.5, 0.75])
    axes.fill_between(x, low, high, color=colour("network"), alpha=0.2, linewidth=0)
    axes.plot(x, middle, color=colour("network"), marker="o", markersize=3)
    axes.axvline(1.0, color=colour("ink"), linewidth=0.8)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("novelty")
    axes.set_ylabel(part.error_label)
    axes.grid(axis="y")
    alt = f"The {part.error_label} of the unseen rows along their novelty."
    beyond = f" Rows beyond {end:.2g} count as {end:.2g}." if len(values) and values.max() > end else ""
    caption = f"Median {part.error_label} along the novelty; the band holds half of the rows.{beyond}"
    return Drawing("novelty-error", to_svg(figure, "novelty-error", alt), alt, caption)
