"""Which columns matter, with the spread of the answer."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.report import Importance, Report
from isinglass.figures.drawing.style import colour, panel, shortened
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.figures.drawing.ticks import few_ticks

MOST = 15
"""Columns drawn."""


def importances(report: Report) -> list[Drawing]:
    """Single-pass, and multi-pass where it was made."""
    if report.importance is None:
        return []
    single = _single(report.importance)
    return [single] if report.importance.multi is None else [single, _multi(report.importance)]


def _single(part: Importance) -> Drawing:
    order = np.argsort(-part.single.mean(axis=1), kind="stable")
    names = [part.names[index] for index in order]
    alt = f"Rise of {part.score} as one column is shuffled; largest for {names[0]}."
    caption = "One column shuffled at a time (single-pass). Bars: 5 to 95 % of the shuffles and members."
    return _dots("importance-single", names, part.single[order], f"rise of {part.score}", (alt, caption))


def _multi(part: Importance) -> Drawing:
    assert part.multi is not None
    names = list(part.order)
    draws = part.multi[[part.names.index(name) for name in names]]
    alt = f"Rise of {part.score} as columns are shuffled one after the other: {', '.join(names[:3])} first."
    caption = (
        "From the top: each column is shuffled on top of those above it (multi-pass). Correlated columns that hide "
        "each other on the left show here."
    )
    return _dots("importance-multi", names, draws, f"rise of {part.score}, all shuffled so far", (alt, caption))


def _dots(key: str, names: list[str], draws: np.ndarray, label: str, words: tuple[str, str]) -> Drawing:
    shown = draws[:MOST]
    figure, axes = panel(0.75 + 0.25 * len(shown))
    height = np.arange(len(shown))
    low, high = np.percentile(shown, [5, 95], axis=1)
    axes.axvline(0.0, color=colour("muted"), linewidth=0.8)
    axes.hlines(height, low, high, color=colour("network"), alpha=0.45, linewidth=2.2)
    axes.plot(shown.mean(axis=1), height, linestyle="none", marker="o", markersize=4.5, color=colour("network"))
    axes.set_yticks(height, [shortened(name) for name in names[:MOST]])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    few_ticks(axes, np.array(axes.get_xlim()))
    axes.set_xlabel(label)
    alt, caption = words
    more = f" The first {MOST} of {len(names)}." if len(names) > MOST else ""
    return Drawing(key, to_svg(figure, key, alt), alt, caption + more)
