"""Marks that several figures share: many dots as one path, a band of quantiles, running quantiles."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from isinglass.figures.drawing.style import colour

DOTS = 2500
"""More than this are thinned: a figure must stay small, and more ink says nothing more."""


def thinned(count: int, *, limit: int = DOTS) -> np.ndarray:
    """Indices of at most `limit` of `count` samples, drawn once and for all with seed 0, in order."""
    if count <= limit:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).choice(count, size=limit, replace=False))


def dots(axes: Axes, x: np.ndarray, y: np.ndarray, *, name: str, size: float = 2.6, alpha: float = 0.5) -> None:
    """Dots as one path of strokes without length: 15 bytes each, sharp at any size, coloured by the page."""
    known = np.isfinite(x) & np.isfinite(y)
    points = np.repeat(np.column_stack([x[known], y[known]]), 2, axis=0)
    if not len(points):
        return
    codes = np.tile([Path.MOVETO, Path.LINETO], len(points) // 2)
    path = Path(points, codes)
    path.should_simplify = False  # it would drop pieces without length
    patch = PathPatch(path, facecolor="none", edgecolor=colour(name), linewidth=size, alpha=alpha)
    patch.set_capstyle("round")
    patch.set_snap(False)
    axes.add_patch(patch)
    axes.update_datalim(points)
    axes.autoscale_view()


def dot_label(axes: Axes, *, name: str, label: str) -> None:
    """The legend's entry for dots."""
    axes.plot([], [], linestyle="none", marker="o", markersize=3.5, color=colour(name), label=label)


def running(x: np.ndarray, values: np.ndarray, quantiles: list[float], *, most: int = 20) -> np.ndarray:
    """Quantiles of `values` in bins of equal count along x: [1 + quantile, bin], the first row is the bin's
    median x. At least 15 samples a bin; empty where there are fewer than two bins."""
    bins = min(most, len(x) // 15)
    if bins < 2:
        return np.empty((1 + len(quantiles), 0))
    order = np.argsort(x, kind="stable")
    parts = np.array_split(order, bins)
    found = np.array([[np.median(x[part]), *np.quantile(values[part], quantiles)] for part in parts]).T
    found[0, [0, -1]] = x[order[[0, -1]]]
    return found


def square(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """The same range on both axes, with a margin, and the line on which both are equal."""
    both = np.concatenate([x[np.isfinite(x)], y[np.isfinite(y)]])
    low, high = (float(both.min()), float(both.max())) if len(both) else (0.0, 1.0)
    margin = 0.04 * (high - low) or 1.0
    axes.set_xlim(low - margin, high + margin)
    axes.set_ylim(low - margin, high + margin)
    axes.plot([low - margin, high + margin], [low - margin, high + margin], color=colour("muted"), linewidth=0.8)
