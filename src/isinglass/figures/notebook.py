"""Figures and words in a frame of their own for notebooks: the report's colours, on light pages and on dark ones."""

from __future__ import annotations

from html import escape

import matplotlib

from isinglass.evaluation.report import Report
from isinglass.figures.comparison import comparison
from isinglass.figures.drawing.style import PALETTE, STYLE

WIDTHS = {"wide": "52em", "narrow": "30em"}


def framed(body: str, *, width: str = "wide") -> str:
    """A fragment of HTML that brings its own colours; nothing in it comes from elsewhere."""
    light, dark = (" ".join(f"--{name}: {pair[i]};" for name, pair in PALETTE.items()) for i in (0, 1))
    style = f".isinglass {{ {light} }} @media (prefers-color-scheme: dark) {{ .isinglass {{ {dark} }} }}"
    box = f"background: var(--paper); color: var(--ink); max-width: {WIDTHS[width]}; padding: 0.6em 1em"
    return f'<style>{style}</style><div class="isinglass" style="{box}; font-family: sans-serif">{body}</div>'


def model_card(report: Report, title: str) -> str:
    """What a model says of itself: its name, its verdict and the comparison with conventional methods."""
    with matplotlib.rc_context(STYLE):  # pyright: ignore[reportArgumentType]
        figures = "".join(drawing.svg for drawing in comparison(report)[:1])
    words = f"<p><b>{escape(title)}</b>: {escape(report.machine)}</p><p>{escape(report.verdict)}</p>"
    return framed(words + figures, width="narrow")
