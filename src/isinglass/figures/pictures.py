"""Images, what was said of them, and what the network looks for."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isinglass.evaluation.report import Report
from isinglass.evaluation.report.pictures import FeatureMaps, Shown
from isinglass.figures.drawing.style import colour, panel, shortened
from isinglass.figures.drawing.svg import Drawing, to_svg
from isinglass.spec import Task

COLUMNS = 8
WIDE = 7.9
"""Inches: two panels and the gap between them."""
NAMED = 40
"""Classes beyond this have no readable bars."""


def samples(report: Report) -> list[Drawing]:
    """Unseen images with the answer and its probability; masks have a gallery of their own."""
    if report.pictures is None or not len(report.pictures.samples):
        return []
    words = (
        "Unseen images, a few of each class. Below each: the answer and how sure it is; wrong answers name the truth."
    )
    return _gallery(report, report.pictures.samples, "samples", words)


def mistakes(report: Report) -> list[Drawing]:
    """The surest mistakes."""
    if report.pictures is None or not len(report.pictures.mistakes):
        return []
    words = "The wrong answers that the networks were surest of, the surest first: look for wrong labels among them."
    return _gallery(report, report.pictures.mistakes, "mistakes", words)


def classes(report: Report) -> list[Drawing]:
    """Precision and recall of each class."""
    scores = report.pictures.classes if report.pictures else ()
    if not 0 < len(scores) <= NAMED:
        return []
    figure, axes = panel(0.9 + 0.24 * len(scores))
    places = np.arange(len(scores))
    for shift, name, shade in ((-0.19, "precision", "reference"), (0.19, "recall", "network")):
        values = [getattr(score, name) for score in scores]
        axes.barh(places + shift, np.nan_to_num(values), 0.34, color=colour(shade), label=name)
    axes.set_yticks(places, [f"{shortened(score.name, 18)} ({score.images})" for score in scores])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2)
    worst = min(scores, key=lambda score: np.nan_to_num(score.f1))
    alt = f"Precision and recall of {len(scores)} classes; the lowest F1 is {worst.f1:.2f}, of {worst.name}."
    caption = (
        "Of the images that were called so, the part that are (precision); of those that are, the part found (recall)."
    )
    return [Drawing("classes", to_svg(figure, "classes", alt), alt, caption)]


def filters(report: Report) -> list[Drawing]:
    """What the first layer of the first network learnt."""
    if report.pictures is None or not len(report.pictures.filters):
        return []
    kernels = report.pictures.filters
    columns = min(16, len(kernels))
    figure, axes = _grid(len(kernels), columns, cell=0.46)
    for kernel, cell in zip(kernels, axes, strict=False):
        _picture(cell, kernel)
    alt = f"The {len(kernels)} kernels of the first convolution."
    caption = "Kernels of the first convolution of the first network: grey is zero."
    return [Drawing("filters", to_svg(figure, "filters", alt), alt, caption)]


def maps(report: Report) -> list[Drawing]:
    """What a few layers make of one image."""
    if report.pictures is None or not report.pictures.maps:
        return []
    layers, example = report.pictures.maps, report.pictures.example
    most = max(len(layer.maps) for layer in layers)
    figure = Figure(figsize=(WIDE, 1.05 * len(layers)), layout="constrained")
    cells = figure.subplots(len(layers), most + 1, squeeze=False)
    for row, layer in zip(cells, layers, strict=True):
        _row(row, layer, example)
    names = ", ".join(layer.layer for layer in layers)
    alt = f"Feature maps of the layers {names} for one image."
    caption = "One unseen image, and the liveliest maps that these layers of the first network make of it; dark is low."
    return [Drawing("maps", to_svg(figure, "maps", alt), alt, caption, wide=True)]


def _row(cells: np.ndarray, layer: FeatureMaps, example: np.ndarray) -> None:
    for cell in cells:
        cell.axis("off")
    _picture(cells[0], example)
    cells[0].set_title(shortened(layer.layer, 14), fontsize=8)
    for cell, values in zip(cells[1:], layer.maps, strict=False):
        cell.imshow(values, cmap="cividis", interpolation="nearest")


def _gallery(report: Report, shown: Shown, key: str, caption: str) -> list[Drawing]:
    figure, axes = _grid(len(shown), min(COLUMNS, len(shown)), cell=0.98, text=0.34)
    numbers = report.task is Task.REGRESSION
    for i, cell in zip(range(len(shown)), axes, strict=False):
        _picture(cell, shown.pixels[i])
        right = numbers or shown.observed[i] == shown.predicted[i]
        cell.set_title(_words(shown, i, numbers=numbers, right=right), fontsize=7.5, pad=2,
                       color=colour("ink" if right else "alarm"), y=-0.04, va="top")  # fmt: skip
    wrong = 0 if numbers else int((shown.observed != shown.predicted).sum())
    alt = f"{len(shown)} unseen images; {wrong} of these answers are wrong."
    return [Drawing(key, to_svg(figure, key, alt), alt, caption, wide=True)]


def _words(shown: Shown, i: int, *, numbers: bool, right: bool) -> str:
    if numbers:
        return f"{shown.predicted[i]} ± {shown.probability[i]:.2g}\nis {shown.observed[i]}"
    said = f"{shortened(str(shown.predicted[i]), 11)} {100 * shown.probability[i]:.0f} %"
    return said if right else f"{said}\nis {shortened(str(shown.observed[i]), 12)}"


def _grid(count: int, columns: int, *, cell: float, text: float = 0.0) -> tuple[Figure, np.ndarray]:
    rows = -(-count // columns)
    figure = Figure(figsize=(cell * columns, (cell + text) * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for one in axes:
        one.axis("off")
    return figure, axes


def _picture(axes: Axes, pixels: np.ndarray) -> None:
    grey = pixels.shape[2:] in ((), (1,))
    values = pixels.reshape(pixels.shape[:2]) if grey else pixels
    highest = 255 if pixels.dtype == np.uint8 else 1.0
    axes.imshow(values, cmap="gray" if grey else None, vmin=0, vmax=highest, interpolation="nearest")
