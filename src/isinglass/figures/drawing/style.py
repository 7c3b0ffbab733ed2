"""One look for every figure: sizes, type and colours that survive colour blindness, print and a dark page.

Colours are named by what they mean and come in a light and a dark variant. A figure is drawn in the light
ones; `svg.to_svg` then replaces each by a CSS variable of the same name, so one drawing serves both pages.
The hues are those of Okabe & Ito (2008, https://jfly.uni-koeln.de/color/), darkened or lightened until they
stand out from the page by a contrast of 3 to 1 or more.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

PALETTE: dict[str, tuple[str, str]] = {
    "paper": ("#fcfaf6", "#181614"),
    "ink": ("#26221d", "#ebe6de"),
    "muted": ("#6a6257", "#a8a093"),
    "rule": ("#ded7cb", "#3b3732"),
    "network": ("#b3560c", "#f0a545"),
    "reference": ("#0868a4", "#62b5ec"),
    "third": ("#00805d", "#38c79c"),
    "alarm": ("#c23b06", "#ff8a5c"),
    "violet": ("#a3508a", "#dd94c2"),
    "sand": ("#8a6d00", "#d9c04a"),
}
"""Name -> (light, dark). `network` is ours wherever it appears, `reference` what it is held against."""

SERIES = ("reference", "third", "violet", "sand", "network")
"""Colours for things that have no meaning of their own, in this order."""

STYLE: dict[str, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.labelsize": 9.0,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "legend.handlelength": 1.0,
    "legend.handletextpad": 0.5,
    "legend.borderaxespad": 0.0,
    "legend.columnspacing": 1.0,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.formatter.useoffset": False,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "isinglass",  # the same report gives the same page
    "text.parse_math": False,  # a dollar sign in a name is no formula
    "path.simplify": True,
    "text.color": PALETTE["ink"][0],
    "axes.labelcolor": PALETTE["ink"][0],
    "axes.edgecolor": PALETTE["muted"][0],
    "xtick.color": PALETTE["muted"][0],
    "ytick.color": PALETTE["muted"][0],
    "xtick.labelcolor": PALETTE["ink"][0],
    "ytick.labelcolor": PALETTE["ink"][0],
    "grid.color": PALETTE["rule"][0],
    "grid.linewidth": 0.6,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}
"""matplotlib settings, valid only inside `matplotlib.rc_context(STYLE)`."""

WIDTH = 3.9
"""Inches. 281 points: on a telephone 328 pixels wide the type is 10 pixels high."""

LABEL = 40
"""Characters of an axis label that such a panel has room for."""


def colour(name: str) -> str:
    """The light variant, for drawing."""
    return PALETTE[name][0]


def panel(height: float = 2.8, *, width: float = WIDTH) -> tuple[Figure, Axes]:
    """An empty figure with one pair of axes. No pyplot: nothing global is touched."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def shortened(text: str, limit: int = 22) -> str:
    """Long names lose their middle, so that axes keep their room: names of many columns often differ at their ends."""
    if len(text) <= limit:
        return text
    end = limit // 3
    return text[: limit - 1 - end].rstrip() + "…" + text[-end:].lstrip()


def with_unit(name: str, unit: str, *, limit: int = LABEL) -> str:
    """An axis label of at most `limit` characters: `Humidity (%)`, or the name alone; long names lose their middle."""
    unit = f" ({shortened(unit, limit // 2)})" if unit else ""
    return shortened(name, limit - len(unit)) + unit


def legend_above(axes: Axes, *, columns: int = 3) -> None:
    """The legend in a row over the axes, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    axes.figure.legend(handles, labels, loc="outside upper left", ncols=columns)
