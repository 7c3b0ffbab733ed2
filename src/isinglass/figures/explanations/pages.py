"""What a model looks at: a sample beside the map of it, importances with their spread, curves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from isinglass.figures.drawing.style import STYLE, colour, panel, shortened
from isinglass.figures.drawing.svg import to_svg
from isinglass.figures.explanations.curves import curve
from isinglass.figures.explanations.grids import on_grid
from isinglass.figures.explanations.selection import selection_path
from isinglass.figures.notebook import framed

if TYPE_CHECKING:  # a figure is drawn without loading what explains
    from isinglass.explanation.explanation import Explanation

SIGNED = LinearSegmentedColormap.from_list("signed", [colour("reference"), "#f7f4ee", colour("network")])
"""Against, nothing, for: blue and orange, which nobody confuses."""
POSITIVE = "cividis"
MOST = 15
"""Names, maps and kernels drawn."""
CELL = 1.9
"""Inches of a map's side."""
MOST_BESIDE = 4
"""Channels that are drawn beside the sample; of more, each of the liveliest has a cell of a sheet."""
AXES = {"member": "networks", "repeat": "permutations"}
"""What a spread is over."""


def page(found: Explanation) -> str:
    """The figure as SVG for a page or a notebook; it carries its own colours, for light pages and dark ones."""
    found = on_grid(found)
    with matplotlib.rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        drawn = to_svg(figure(found), f"explain-{found.method}", _alt(found))
    return framed(drawn, width="wide" if "height" in found.spec.dims else "narrow")


def written(found: Explanation, ending: str) -> bytes:
    """The figure as a file: ".png" or ".svg"."""
    with matplotlib.rc_context(STYLE | {"figure.facecolor": colour("paper"), "savefig.facecolor": colour("paper")}):  # pyright: ignore[reportArgumentType]
        drawn = figure(found)
        if ending == ".svg":
            return to_svg(drawn, f"explain-{found.method}", _alt(found), page=False).encode()
        buffer = io.BytesIO()
        drawn.savefig(buffer, format="png", dpi=180, metadata={"Software": None})
        return buffer.getvalue()


def figure(found: Explanation) -> Figure:
    """The figure that fits the axes of the values."""
    found = on_grid(found)
    dims = found.spec.dims
    if dims[0] == "step":
        return selection_path(found)
    if "samples" in found.coords and found.coords["samples"].ndim == 4:
        return _gallery(found)
    if "height" in dims:
        return _maps(found)
    return curve(found) if dims[0] == "grid" else _dots(found)


def _alt(found: Explanation) -> str:
    return " ".join(part for part in (found.method, found.quantity, found.about) if part)


def _maps(found: Explanation) -> Figure:
    """The sample, the mean over members, and their spread; or all maps of one network."""
    merged = found.by_pixel()
    if found.spec.dims[0] in ("map", "filter") or _many(merged):
        return _sheet(found)
    shown = _panels(found, merged)
    tall, wide = shown[0][1].shape[-2:]
    height = CELL * tall / wide
    drawn = Figure(figsize=((CELL + 0.55) * len(shown), min(height, 2 * CELL) + 0.75), layout="constrained")
    size = max((_size(values) for _, values, how in shown if how == "signed"), default=1.0)
    for axes, (title, values, how) in zip(drawn.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        _draw(axes, title, values, how, size if how == "signed" else _size(values))
    drawn.suptitle(_title(merged) or merged.quantity, fontsize=8.5, color=colour("ink"))
    return drawn


def _many(merged: Explanation) -> bool:
    return merged.spec.dims[0] == "channel" and len(merged.values) > MOST_BESIDE


def _panels(found: Explanation, merged: Explanation) -> list[tuple[str, np.ndarray, str]]:
    sample, axis, last = found.coords.get("sample"), found.spec.dims[-1], found.values.shape[-1]
    parts = [] if sample is None else [("the sample", sample, "image")]
    if sample is not None and found.method == "maximisation":
        parts.append(("changed", sample + found.values.mean(axis=-1), "image"))
    if merged.spec.dims[0] == "channel" and len(merged.values) > 1:
        each = zip(found.coords["channel"], merged.values.mean(axis=-1), strict=True)
        return parts + [(f"{found.method}, {name}", values, "signed") for name, values in each]
    flat = merged.values[0] if merged.spec.dims[0] == "channel" else merged.values  # [height, width, member]
    mean = flat.mean(axis=-1)
    parts.append((found.method, mean, _scale(mean)))
    if last > 1:
        parts.append((f"spread over {last} {AXES[axis]}", flat.std(axis=-1, ddof=1), "positive"))
    return parts


def _scale(values: np.ndarray) -> str:
    return "signed" if np.nanmin(values) < 0 else "positive"


def _size(values: np.ndarray) -> float:
    return float(np.nanmax(np.abs(values))) or 1.0


def _draw(axes: Axes, title: str, values: np.ndarray, how: str, size: float) -> None:
    """`size` is the end of the colour scale."""
    axes.set_title(title, fontsize=8)
    if how == "image":
        shown = visible(values)
        axes.imshow(shown, cmap="gray" if shown.ndim == 2 else None, vmin=0, vmax=255, interpolation="nearest")
    else:
        low, cmap = (-size, SIGNED) if how == "signed" else (0.0, POSITIVE)
        drawn = axes.imshow(values, cmap=cmap, vmin=low, vmax=size, interpolation="nearest")
        bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.8, pad=0.02)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        bar.ax.tick_params(labelsize=7, length=2)
    axes.tick_params(labelsize=7, length=2)
    axes.set_xlabel("column (pixel)", fontsize=7.5)
    axes.set_ylabel("row (pixel)", fontsize=7.5)


def visible(sample: np.ndarray) -> np.ndarray:
    """0 to 255 of an image [channel, height, width]: grey of one channel, colours of three, else the channels' mean;
    stretched where it is no eight-bit image."""
    shown = sample if sample.shape[0] == 3 else sample.mean(axis=0, keepdims=True)
    shown = np.nan_to_num(np.moveaxis(shown, 0, -1).astype(np.float64))
    if sample.dtype != np.uint8 and not (shown.min() >= -64 and 1 < shown.max() <= 319):
        low, high = np.quantile(shown, [0.01, 0.99])
        shown = 255 * (shown - low) / max(high - low, 1e-12)
    shown = np.clip(shown, 0, 255).astype(np.uint8)
    return shown if shown.shape[-1] == 3 else shown[..., 0]


def _sheet(found: Explanation) -> Figure:
    """Maps, kernels or channels of one range, the liveliest first."""
    values = found.mean()
    values = values.mean(axis=1) if found.spec.dims[0] == "filter" else values
    order = np.argsort(-values.reshape(len(values), -1).std(axis=1), kind="stable")[:MOST]
    columns = min(5, len(order))
    rows = -(-len(order) // columns)
    drawn = Figure(figsize=(1.15 * columns + 0.7, 1.3 * rows + 0.6), layout="constrained")
    cells = drawn.subplots(rows, columns, squeeze=False)
    how, size = _scale(values), float(np.abs(values).max()) or 1.0
    names = found.coords.get(found.spec.dims[0], np.arange(len(values)))
    image = None
    for axes in cells.ravel():
        axes.axis("off")
    for axes, place in zip(cells.ravel(), order, strict=False):
        cmap, low = (SIGNED, -size) if how == "signed" else (POSITIVE, 0.0)
        image = axes.imshow(values[place], cmap=cmap, vmin=low, vmax=size, interpolation="nearest")
        axes.set_title(shortened(f"{found.spec.dims[0]} {names[place]}", 16), fontsize=7.5)
    if image is not None:
        bar = drawn.colorbar(image, ax=cells, shrink=0.7, pad=0.02)
        bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
        bar.set_label(found.quantity, fontsize=8)
    drawn.suptitle(_title(found), fontsize=8.5, color=colour("ink"))
    return drawn


def _gallery(found: Explanation) -> Figure:
    """The sample and its neighbours, the nearest first."""
    names, mean, spread = found.coords["neighbour"], found.mean(), found.spread()
    cards = [("the sample", found.coords["sample"])]
    cards += [
        (f"{shortened(str(name), 16)}\n{at:.2g} ± {wide:.1g}", image)
        for name, at, wide, image in zip(names, mean, spread, found.coords["samples"], strict=True)
    ]
    columns = min(5, len(cards))
    rows = -(-len(cards) // columns)
    drawn = Figure(figsize=(1.35 * columns, 1.75 * rows + 0.5), layout="constrained")
    cells = drawn.subplots(rows, columns, squeeze=False).ravel()
    for axes in cells:
        axes.axis("off")
    for axes, (title, image) in zip(cells, cards, strict=False):
        shown = visible(image)
        axes.imshow(shown, cmap="gray" if shown.ndim == 2 else None, vmin=0, vmax=255, interpolation="nearest")
        axes.set_title(title, fontsize=7.5)
    drawn.suptitle(_title(found), fontsize=8.5, color=colour("ink"))
    return drawn


def _dots(found: Explanation) -> Figure:
    """A line a name: mean and spread, the largest first."""
    mean, spread = found.mean(), found.spread()
    order = np.argsort(-np.nan_to_num(np.abs(mean)), kind="stable")[:MOST]
    names = [str(found.coords[found.spec.dims[0]][place]) for place in order]
    drawn, axes = panel(1.0 + 0.25 * len(order), width=4.6)
    height = np.arange(len(order))
    axes.axvline(0.0, color=colour("muted"), linewidth=0.8)
    low, high = mean[order] - spread[order], mean[order] + spread[order]
    axes.hlines(height, low, high, color=colour("network"), alpha=0.45, linewidth=2.2)
    axes.plot(mean[order], height, linestyle="none", marker="o", markersize=4.5, color=colour("network"))
    axes.set_yticks(height, [shortened(name) for name in names])
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel(found.quantity or "rise of the error")
    drawn.suptitle(_title(found, 60), fontsize=8.5, color=colour("ink"))
    return drawn


def _title(found: Explanation, width: int = 76) -> str:
    """What was asked, in lines that fit."""
    words, lines = f"{found.quantity}. {found.about}".split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += f"{word} "
    return "\n".join(line.strip() for line in lines[:3]) if found.about else ""
