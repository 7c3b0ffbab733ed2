"""An image, what was added to it, and what is made of it: three panels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isinglass.figures.drawing.style import PALETTE, STYLE, colour

DPI = 160


def attack_picture(
    image: np.ndarray, changed: np.ndarray, *, answers: tuple[str, str], size: str, highest: float
) -> Figure:
    """Draw.

    Args:
        image: [channel, height, width].
        changed: the same shape.
        answers: to both, in words.
        size: of the change, in words.
        highest: value of white; the lowest is 0.
    """
    with rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        figure = Figure(figsize=(6.6, 2.7), layout="constrained")
        first, middle, last = figure.subplots(1, 3)
        change = changed - image
        most = max(float(np.abs(change).max()), 1e-12)
        _show(first, image / highest)
        _show_change(middle, change / most)
        _show(last, changed / highest)
        times = highest / (2 * most)
        words = (answers[0], f"the change x {times:.0f}" if times >= 2 else "the change", answers[1])
        for axes, text in zip((first, middle, last), words, strict=True):
            axes.set_title(text, color=colour("ink"))
        colours = "" if len(change) == 3 else "; violet: brighter, orange: darker"
        figure.supxlabel(f"{size}{colours}", fontsize=9, color=colour("muted"))
    return figure


def save_picture(figure: Figure, path: Path) -> Path:
    """Write PNG, SVG or PDF, by the ending."""
    with rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        figure.savefig(path, dpi=DPI, facecolor=PALETTE["paper"][0])
    return path


def _show(axes: Axes, values: np.ndarray) -> None:
    axes.axis("off")
    shown = np.clip(values, 0.0, 1.0)
    if len(shown) == 3:
        axes.imshow(shown.transpose(1, 2, 0), interpolation="nearest")
    else:
        axes.imshow(shown[0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")


def _show_change(axes: Axes, values: np.ndarray) -> None:
    if len(values) == 3:
        _show(axes, 0.5 + values / 2)
        return
    axes.axis("off")
    axes.imshow(values[0], cmap="PuOr", vmin=-1, vmax=1, interpolation="nearest")
