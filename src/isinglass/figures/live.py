"""How the members are learning, while they do: the loss of each, redrawn as it grows."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes

from isinglass.figures.drawing.style import STYLE, colour, legend_above, panel
from isinglass.figures.drawing.svg import to_svg
from isinglass.figures.learning import scaled

POINTS = 150
"""Of more looks than this so many are drawn: a pixel has room for no more."""


def learning_now(epochs: np.ndarray, train: np.ndarray, validation: np.ndarray, *, key: str) -> str:
    """The loss of every member so far as a small SVG for a page.

    Args:
        epochs: float `[look]`.
        train: float `[look, member]`, the loss on training rows; NaN where a member shows nothing.
        validation: the same on validation rows.
        key: prefix of the drawing's identifiers, unique in the page.
    """
    step = -(-len(epochs) // POINTS)
    picked = np.unique(np.append(np.arange(0, len(epochs), step), len(epochs) - 1))
    with matplotlib.rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        figure, axes = panel(2.4)
        _lines(axes, epochs[picked], train[picked], "reference", "training rows")
        _lines(axes, epochs[picked], validation[picked], "network", "validation rows")
        scaled(axes, _middle([train, validation]))
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.grid(axis="y")
        legend_above(axes)
        alt = f"Loss of {train.shape[1]} networks on training and on validation rows up to epoch {epochs[-1]:.0f}."
        return to_svg(figure, key, alt)


def _middle(losses: list[np.ndarray]) -> np.ndarray:
    """What the axis is for: the middle half of the members at each look; a few that go astray may leave it."""
    known = [rows[np.isfinite(rows).any(axis=1)] for rows in losses]
    return np.concatenate([np.nanpercentile(rows, [25, 50, 75], axis=1).ravel() for rows in known if len(rows)])


def _lines(axes: Axes, epochs: np.ndarray, losses: np.ndarray, name: str, label: str) -> None:
    if not np.isfinite(losses).any():
        return
    axes.plot(epochs, losses, color=colour(name), alpha=max(0.15, 0.6 / np.sqrt(losses.shape[1])), linewidth=0.8)
    enough = np.isfinite(losses).mean(axis=1) >= 0.5
    middle = np.full(len(epochs), np.nan)
    middle[enough] = np.nanmedian(losses[enough], axis=1)
    axes.plot(epochs, middle, color=colour(name), linewidth=1.6, label=label)
