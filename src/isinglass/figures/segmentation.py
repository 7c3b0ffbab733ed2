"""Masks: images, what was observed and predicted there and how sure it is; overlap and confusion of classes."""

from __future__ import annotations

import math

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from isinglass.evaluation.report import Report
from isinglass.evaluation.report.masks import MaskHead, MaskPictures
from isinglass.figures.drawing.style import colour, panel, shortened
from isinglass.figures.drawing.svg import Drawing, to_svg

WIDE = 7.9
"""Inches: two panels and the gap between them."""
SHOWN = 6
"""At most so many images, two in a row."""
VOID = 255
NUMBERS = 12
"""Up to so many classes the cells of the confusion hold numbers."""
NAMED = 40
"""Classes beyond this have no readable bars and no readable matrix."""

CLASS_COLOURS = (
    "#0f69a5", "#d2a51e", "#00f0b4", "#a5003c", "#ff96ff", "#3c7800", "#a58778", "#2d1e87",
    "#96e1e1", "#c3e187", "#5a1e4b", "#e1784b", "#4b2d00", "#7887ff", "#007878", "#c378a5",
)  # fmt: skip
"""Classes without an order: each chosen as far as possible from those before it, in CIELAB and as people without red or
green cones see them (Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113): for everybody any two differ by
15 units or more."""


def masks(report: Report) -> list[Drawing]:
    """Some unseen images beside their masks, a figure a head."""
    found = report.masks
    return [] if found is None or not len(found.pixels) else [_maps(found, head) for head in found.heads]


def overlap(report: Report) -> list[Drawing]:
    """The IoU of each class with its interval, a figure a head."""
    heads = report.masks.heads if report.masks else ()
    return [_bars(head, several=len(heads) > 1) for head in heads if len(head.classes) <= NAMED]


def mask_confusion(report: Report) -> list[Drawing]:
    """Observed class by predicted class, in parts of the observed pixels, a figure a head."""
    heads = report.masks.heads if report.masks else ()
    return [_matrix(head, several=len(heads) > 1) for head in heads if len(head.classes) <= NAMED]


def shades(head: MaskHead) -> np.ndarray:
    """The colour of each class, float [class, 3]: a ramp of lightness for steps of a quantity."""
    count = len(head.classes)
    if head.ordered or count > len(CLASS_COLOURS):
        return matplotlib.colormaps["cividis"](np.linspace(0, 1, count))[:, :3]
    return np.array([to_rgb(shade) for shade in CLASS_COLOURS[:count]])


def painted(mask: np.ndarray, shade: np.ndarray) -> np.ndarray:
    """uint8 [height, width, 4]: void pixels are transparent."""
    table = np.zeros((256, 4))
    table[: len(shade)] = np.column_stack([shade, np.ones(len(shade))])
    return np.round(255 * table[mask]).astype(np.uint8)


def _maps(found: MaskPictures, head: MaskHead) -> Drawing:
    count, shade = min(SHOWN, len(found.pixels)), shades(head)
    height, width = head.observed.shape[1:]
    groups = 2 if count > 1 else 1
    rows, cell = -(-count // groups), WIDE / (4.1 * groups + 0.2)
    legend = 0.24 * -(-len(head.classes) // _columns(head)) + 0.1
    figure = Figure(figsize=(WIDE, rows * cell * height / width + legend + 0.3), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.01, h_pad=0.02, wspace=0.01, hspace=0.01)  # pyright: ignore
    ratios = [rows * cell * height / width + 0.3, legend]
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=ratios)[:, 0]
    cells = upper.subplots(rows, 5 * groups - 1, squeeze=False, width_ratios=([1, 1, 1, 1, 0.1] * groups)[:-1])
    for one in cells.ravel():
        one.axis("off")
    for place in range(count):
        row, start = place // groups, 5 * (place % groups)
        _four(cells[row, start : start + 4], found, head, place, shade)
    for name, one in zip(("image", "observed", "predicted", "doubt", "") * groups, cells[0], strict=False):
        one.set_title(name, fontsize=8, pad=2)
    _legend(lower.subplots(), head, shade)
    right = float((head.predicted == head.observed)[head.observed != VOID].mean()) if count else math.nan
    alt = f"{count} unseen images with the observed and predicted {head.name}; {100 * right:.0f} % of pixels agree."
    caption = (
        f"Unseen images: {head.name} observed and predicted. Doubt: bright where the classes are equally probable, "
        "dark where one is certain. Empty: void."
    )
    key = f"masks-{_key(head.name)}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption, wide=True)


def _four(cells: np.ndarray, found: MaskPictures, head: MaskHead, place: int, shade: np.ndarray) -> None:
    layers = (found.pixels[place], *(painted(mask[place], shade) for mask in (head.observed, head.predicted)))
    for cell, layer in zip(cells, layers, strict=False):
        cell.imshow(layer, interpolation="nearest")
    cells[3].imshow(head.doubt[place], cmap="magma", vmin=0, vmax=1, interpolation="nearest")


def _columns(head: MaskHead) -> int:
    """Names in a row of the legend: 120 characters fit."""
    longest = max(min(20, len(name)) for name in head.classes)
    return max(1, min(len(head.classes), 120 // (longest + 4)))


def _legend(axes: Axes, head: MaskHead, shade: np.ndarray) -> None:
    """Squares of the maps' own colours: pictures, for a page in the dark changes other colours."""
    columns = _columns(head)
    rows = -(-len(head.classes) // columns)
    for number, name in enumerate(head.classes):
        row, column = divmod(number, columns)
        axes.imshow(shade[number][None, None], extent=(column, column + 0.12, row + 0.75, row + 0.25), aspect="auto")
        axes.text(column + 0.16, row + 0.5, shortened(name, 20), va="center", fontsize=8)
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.axis("off")


def _bars(head: MaskHead, *, several: bool) -> Drawing:
    places, values = np.arange(len(head.classes)), np.array([item.value for item in head.overlap])
    share = head.confusion.sum(axis=1) / max(1, head.confusion.sum())
    figure, axes = panel(0.9 + 0.24 * len(places))
    axes.barh(places, np.nan_to_num(values), 0.6, color=colour("network"), alpha=0.75)
    for place, item in zip(places, head.overlap, strict=True):
        if math.isfinite(item.low) and math.isfinite(item.high):
            axes.plot([item.low, item.high], [place, place], color=colour("ink"), linewidth=1.2)
    mean = float(np.nanmean(values)) if np.isfinite(values).any() else math.nan
    if math.isfinite(mean):
        axes.axvline(mean, color=colour("reference"), linewidth=1.0)
    axes.set_yticks(places, [f"{shortened(n, 16)} ({_percent(s)})" for n, s in zip(head.classes, share, strict=True)])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(axis="x")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"IoU of {head.name}" if several else "IoU")
    alt = f"Overlap of {len(places)} classes of {head.name}; their mean is {mean:.2f}."
    caption = (
        "Intersection over union of each class on unseen images, with 95 % bootstrap intervals; in brackets its part "
        "of the pixels. The line is the mean."
    )
    key = f"overlap-{_key(head.name)}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption)


def _matrix(head: MaskHead, *, several: bool) -> Drawing:
    classes = len(head.classes)
    share = head.confusion / np.maximum(1, head.confusion.sum(axis=1, keepdims=True))
    figure, axes = panel(3.6)
    for row, column in zip(*np.nonzero(share >= 0.005), strict=True):
        _cell(axes, int(row), int(column), float(share[row, column]), numbers=classes <= NUMBERS)
    names, step = [shortened(name, 14) for name in head.classes], max(1, classes // 15)
    axes.set_xlim(-0.5, classes - 0.5)
    axes.set_ylim(classes - 0.5, -0.5)
    axes.set_xticks(range(0, classes, step), names[::step], rotation=90 if max(map(len, names)) * classes > 36 else 0)
    axes.set_yticks(range(0, classes, step), names[::step])
    axes.tick_params(length=0)
    axes.set_aspect("equal")
    axes.set_xlabel(f"predicted {head.name}" if several else "predicted")
    axes.set_ylabel("observed")
    right = float(np.trace(head.confusion) / max(1, head.confusion.sum()))
    alt = (
        f"Confusion matrix of {classes} classes of {head.name}; {100 * right:.0f} % of the pixels are on its diagonal."
    )
    caption = "Of the pixels observed as one class (row), the part in per cent that was predicted as another (column)."
    key = f"mask-confusion-{_key(head.name)}"
    return Drawing(key, to_svg(figure, key, alt), alt, caption)


def _cell(axes: Axes, row: int, column: int, share: float, *, numbers: bool) -> None:
    shade = colour("reference" if row == column else "alarm")
    box = Rectangle((column - 0.48, row - 0.48), 0.96, 0.96)
    box.set(facecolor=shade, alpha=max(0.08, share), linewidth=0)
    axes.add_patch(box)
    if numbers:
        ink = colour("paper" if share > 0.55 else "ink")
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=ink, fontsize=8)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or share == 0 else f"{100 * share:.1f} %"


def _key(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())
