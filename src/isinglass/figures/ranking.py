"""Does the score put the right rows first? Receiver operating characteristic, and precision against recall."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from isinglass.evaluation.ranking import GRID, RankingCurve, ranking_curve
from isinglass.evaluation.report import Report, Unseen
from isinglass.figures.drawing.style import SERIES, colour, legend_above, panel, shortened
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.spec import Task

CURVES = 5
"""Classes or labels that are drawn: the rarest ones, which an accuracy hides."""


def ranking(report: Report) -> list[Drawing]:
    """Both curves, of the second of two classes, of each of more classes against the rest, or of each label."""
    unseen = report.unseen
    if unseen is None or unseen.probabilities is None:
        return []
    curves = _curves(unseen, report.task)
    return [_characteristic(curves, report.task), _precision(curves, report.task)] if curves else []


def _curves(unseen: Unseen, task: Task) -> dict[str, RankingCurve]:
    """By the name of what counts as positive."""
    assert unseen.probabilities is not None
    p, found = unseen.probabilities, {}
    for place in _shown(unseen, task):
        positive = unseen.observed[:, place] > 0.5 if task is Task.MULTILABEL else unseen.observed[:, 0] == place
        curve = ranking_curve(p[:, place], positive, weight=unseen.weight, units=unseen.cluster)
        if curve is not None:
            found[_name(unseen, task, place)] = curve
    return found


def _shown(unseen: Unseen, task: Task) -> list[int]:
    """Places of the classes or labels that are drawn."""
    assert unseen.probabilities is not None
    count = unseen.probabilities.shape[1]
    if task is Task.CLASSIFICATION and count == 2:
        return [1]
    truth = unseen.observed
    rows = truth.sum(axis=0) if task is Task.MULTILABEL else np.bincount(truth[:, 0].astype(int), minlength=count)
    present = [place for place in np.argsort(rows, kind="stable").tolist() if rows[place]]
    return sorted(present[:CURVES])


def _name(unseen: Unseen, task: Task, place: int) -> str:
    names = unseen.names if task is Task.MULTILABEL else unseen.classes
    return str(names[place]) if place < len(names) else f"class {place}"


def _each(task: Task) -> str:
    return "each label" if task is Task.MULTILABEL else "each class against all others"


def _characteristic(curves: dict[str, RankingCurve], task: Task) -> Drawing:
    figure, axes = panel(3.2)
    axes.plot([0, 1], [0, 1], color=colour("muted"), linewidth=0.8)
    for shade, (name, curve) in zip(SERIES, curves.items(), strict=False):
        if curve.band is not None:
            axes.fill_between(GRID, *curve.band, color=colour(shade), alpha=0.16, linewidth=0)
        label = f"{shortened(name, 14)}: {curve.auc:.3f}"
        axes.plot(curve.false_positive, curve.true_positive, color=colour(shade), label=label)
    _unit_square(axes)
    axes.set_xlabel("false positive rate")
    axes.set_ylabel("true positive rate")
    legend_above(axes)
    areas = ", ".join(f"{name} {curve.auc:.3f}" for name, curve in curves.items())
    alt = f"Receiver operating characteristic of {_each(task)}; area under the curve: {areas}."
    caption = f"{_each(task).capitalize()}, with its area under the curve. The diagonal is chance"
    bands = any(curve.band is not None for curve in curves.values())
    caption += "; bands hold 90 % of resampled units." if bands else "."
    return Drawing("roc", to_svg(figure, "roc", alt), alt, caption)


def _precision(curves: dict[str, RankingCurve], task: Task) -> Drawing:
    figure, axes = panel(3.2)
    for shade, (name, curve) in zip(SERIES, curves.items(), strict=False):
        label = f"{shortened(name, 14)}: {curve.average_precision:.3f}"
        axes.step(curve.true_positive, curve.precision, where="pre", color=colour(shade), label=label)
        axes.axhline(curve.share, color=colour(shade), linewidth=0.8, linestyle=(0, (3, 3)))
    _unit_square(axes)
    axes.set_xlabel("recall: part of the positives that is found")
    axes.set_ylabel("precision")
    legend_above(axes)
    areas = ", ".join(f"{name} {curve.average_precision:.3f}" for name, curve in curves.items())
    alt = f"Precision against recall of {_each(task)}; average precision: {areas}."
    caption = "With the average precision. Dashed: what chance reaches, the part of the rows that is positive."
    return Drawing("precision-recall", to_svg(figure, "precision-recall", alt), alt, caption)


def _unit_square(axes: Axes) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid()
