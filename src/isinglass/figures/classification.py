"""Classes predicted for unseen rows: which is taken for which."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from isinglass.evaluation.report import Report, Unseen
from isinglass.figures.drawing.style import colour, panel, shortened
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.spec import Task

NUMBERS = 12
"""Up to so many classes the cells hold numbers."""
CLASSES = 60
"""More classes than this make no readable matrix."""


def confusion(report: Report) -> list[Drawing]:
    """Observed class by predicted class, or nothing where there is no single class a row."""
    unseen = report.unseen
    if unseen is None or unseen.probabilities is None or report.task is not Task.CLASSIFICATION:
        return []
    if unseen.probabilities.shape[1] > CLASSES:
        return []
    return [_matrix(unseen, counts(unseen))]


def counts(unseen: Unseen) -> np.ndarray:
    """[observed class, predicted class] rows."""
    assert unseen.probabilities is not None
    classes = unseen.probabilities.shape[1]
    truth, chosen = unseen.observed[:, 0].astype(int), unseen.probabilities.argmax(axis=1)
    return np.bincount(truth * classes + chosen, minlength=classes**2).reshape(classes, classes)


def _matrix(unseen: Unseen, table: np.ndarray) -> Drawing:
    classes = len(table)
    figure, axes = panel(3.6)
    share = table / np.maximum(1, table.sum(axis=1, keepdims=True))  # [observed, predicted]
    for row, column in zip(*np.nonzero(table), strict=True):
        _cell(axes, int(row), int(column), float(share[row, column]))
        if classes <= NUMBERS:
            strong = share[row, column] > 0.55
            shade = colour("paper" if strong else "ink")
            axes.text(column, row, f"{table[row, column]}", ha="center", va="center", color=shade)
    names = [shortened(str(name), 12) for name in unseen.classes] or [str(index) for index in range(classes)]
    axes.set_xlim(-0.5, classes - 0.5)
    axes.set_ylim(classes - 0.5, -0.5)
    step = max(1, classes // 15)
    long = max(map(len, names)) * classes > 36
    axes.set_xticks(range(0, classes, step), names[::step], rotation=90 if long else 0)
    axes.set_yticks(range(0, classes, step), names[::step])
    axes.tick_params(length=0)
    axes.set_aspect("equal")
    axes.set_xlabel("predicted")
    axes.set_ylabel("observed")
    right = float(np.trace(table) / max(1, table.sum()))
    alt = f"Confusion matrix of {classes} classes; {100 * right:.0f} % of the rows are on its diagonal."
    caption = "Rows of the matrix are observed classes; a full colour means that all of the class went there."
    return Drawing("confusion", to_svg(figure, "confusion", alt), alt, caption)


def _cell(axes: Axes, row: int, column: int, share: float) -> None:
    shade = colour("reference" if row == column else "alarm")
    axes.add_patch(
        Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=shade, alpha=max(0.08, share), linewidth=0)
    )
