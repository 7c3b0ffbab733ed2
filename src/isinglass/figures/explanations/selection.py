"""The path of a selection of columns: the score of each set, its standard error, and which set was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from isinglass.figures.drawing.style import colour, panel, shortened

if TYPE_CHECKING:  # a figure is drawn without loading what explains
    from isinglass.explanation.explanation import Explanation


def selection_path(found: Explanation) -> Figure:
    """Steps from left to right; the line is what the best set allows."""
    steps, size = found.coords["step"], found.coords["size"]
    mean, place, folds = found.mean(), np.arange(len(steps)), found.values.shape[1]
    drawn, axes = panel(3.0, width=max(3.9, 1.2 + 0.42 * len(steps)))
    axes.axhline(found.check["best"] + found.check["error"], color=colour("muted"), linewidth=0.9, linestyle="--")
    axes.errorbar(
        place, mean, yerr=found.coords["error"], color=colour("reference"), marker="o", markersize=4.5, capsize=2.5
    )
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
