"""How the members learnt: loss by epoch, with their spread."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from isinglass.evaluation.report import Report
from isinglass.figures.drawing.style import colour, legend_above, panel, shortened
from isinglass.figures.drawing.svg import Drawing, to_svg


def learning_curves(report: Report) -> list[Drawing]:
    """Median and 5 to 95 % of the members for training and early-stopping rows; kept epochs as ticks
    below.
    """
    history = report.history
    if history is None or not np.isfinite(history.train).any():
        return []
    figure, axes = panel(2.9)
    _curve(axes, history.train, "reference", "training rows")
    _curve(axes, history.stop, "network", "early-stopping rows")
    finite = np.concatenate([a[np.isfinite(a)] for a in (history.train, history.stop)])
    scaled(axes, finite)
    best = history.best[np.isfinite(history.best.astype(float))]
    bottom = axes.get_xaxis_transform()
    axes.vlines(best, 0.0, 0.045, transform=bottom, color=colour("muted"), linewidth=0.9, label="kept epoch")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"loss ({shortened(history.loss, 26)})")
    axes.grid(axis="y")
    legend_above(axes)
    members = len(history.train)
    alt = f"Loss by epoch of {members} members on training and on early-stopping rows."
    caption = f"Median of {members} members; the bands hold nine in ten of them. Ticks: the kept epochs."
    return [Drawing("learning", to_svg(figure, "learning", alt), alt, caption)]


def _curve(axes: Axes, losses: np.ndarray, name: str, label: str) -> None:
    """Up to the epoch that at least half of the members reached: beyond it the median changes its members."""
    known = np.isfinite(losses).sum(axis=0)  # [epoch]
    enough = known >= max(1, known.max(initial=0) / 2)
    if not known.any():
        return
    epochs = np.flatnonzero(enough)
    low, middle, high = np.nanpercentile(losses[:, epochs], [5, 50, 95], axis=0)
    axes.fill_between(epochs + 1, low, high, color=colour(name), alpha=0.18, linewidth=0)
    if len(epochs) == 1:  # a line of one point cannot be seen
        axes.vlines(epochs + 1, low, high, color=colour(name), alpha=0.4)
    axes.plot(epochs + 1, middle, color=colour(name), label=label, marker="o" if len(epochs) == 1 else "")


def scaled(axes: Axes, finite: np.ndarray) -> None:
    """A logarithmic axis of losses where these span much, else a range that the first, wild epochs do not stretch."""
    if finite.min() > 0 and np.quantile(finite, 0.995) > 8 * finite.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(*_clipped(finite))


def _clipped(finite: np.ndarray) -> tuple[float, float]:
    """A range that the first, wild epochs do not stretch."""
    low, high = float(finite.min()), float(np.quantile(finite, 0.98))
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin
