"""The path of a selection of columns: the score of each set, its standard error, and which set was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from isinglass.evaluation.figures.marks import shortened
from isinglass.evaluation.figures.style import colour, panel


class Path(Protocol):
    """A selection's `Explanation`, as far as the figure needs it."""

    @property
    def values(self) -> np.ndarray: ...
    @property
    def method(self) -> str: ...
    @property
    def coords(self) -> Mapping[str, np.ndarray]: ...
    @property
    def check(self) -> Mapping[str, float]: ...
    @property
    def quantity(self) -> str: ...


def selection_path(found: Path) -> Figure:
    """Steps from left to right; the line is what the best set allows."""
    steps, size = found.coords["step"], found.coords["size"]
    mean, place = found.values.mean(axis=1), np.arange(len(steps))
    folds = found.values.shape[1]
    error = found.values.std(axis=1, ddof=1) / np.sqrt(folds) if folds > 1 else np.zeros_like(mean)
    drawn, axes = panel(3.0, width=max(3.9, 1.2 + 0.42 * len(steps)))
    axes.axhline(found.check["best"] + found.check["error"], color=colour("muted"), linewidth=0.9, linestyle="--")
    axes.errorbar(place, mean, yerr=error, color=colour("reference"), marker="o", markersize=4.5, capsize=2.5)
    chosen = int(np.flatnonzero(size == len(found.coords["chosen"]))[0])
    axes.plot(place[chosen], mean[chosen], marker="o", markersize=10, color=colour("network"), fillstyle="none")
    axes.annotate("chosen", (place[chosen], mean[chosen]), xytext=(0, 10), textcoords="offset points",
                  ha="center", color=colour("network"), fontsize=8.5)  # fmt: skip
    axes.set_xticks(place, [shortened(str(name), 16) for name in steps], rotation=45, ha="right")
    axes.set_xlabel("taken, one after the other" if found.method.endswith("forward") else "given up, one by one")
    axes.set_ylabel(f"{found.quantity}, mean of {folds} folds")
    axes.grid(axis="y")
    drawn.suptitle("± one standard error; dashed: the best and its error", fontsize=8.5, color=colour("ink"))
    return drawn
