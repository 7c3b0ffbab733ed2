"""From a matplotlib figure to a small SVG that lives inside a page: no identifiers that clash, no metadata,
CSS colours, the page's own type."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass

from matplotlib.figure import Figure

from isinglass.figures.drawing.style import PALETTE


@dataclass(frozen=True)
class Drawing:
    """One figure of the report: `key` is unique in the page, `alt` says in words what is to be seen."""

    key: str
    svg: str
    alt: str
    caption: str
    wide: bool = False


def to_svg(figure: Figure, key: str, alt: str, *, page: bool = True) -> str:
    """Draw.

    Args:
        figure: drawn inside `rc_context(STYLE)`.
        key: prefix of the identifiers, unique in the page.
        alt: the figure's alternative text.
        page: colours as CSS variables, for inlining; otherwise a file of its own in light colours.
    """
    _lay_out(figure)
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", buffer.getvalue(), flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
    text = re.sub(r"<[^>]*>", lambda tag: _tidy(tag[0], key, used, page=page), text)  # names and numbers stay
    label = f'role="img" aria-label="{html.escape(alt)}"'
    if not page:
        return text.replace("<svg ", f"<svg {label} ", 1)
    text = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", text, flags=re.DOTALL)  # it would reach the page
    text = re.sub(r'<svg[^>]*?viewBox="([^"]*)"[^>]*>', rf'<svg {label} viewBox="\1">', text, count=1)
    return re.sub(r"\s*\n\s*", "\n", text[text.index("<svg") :])


def _lay_out(figure: Figure) -> None:
    """Once, here: `savefig` would draw everything twice to do it."""
    if (engine := figure.get_layout_engine()) is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")


def _tidy(tag: str, key: str, used: set[str], *, page: bool) -> str:
    """Identifiers of one figure alone, the page's type and colours, short numbers."""
    tag = re.sub(r' id="([^"]+)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", tag)
    tag = re.sub(r'(url\(|href=")#', rf"\1#{key}-", tag)
    tag = re.sub(r"font: ([\d.]+)px '[^\"]*?(;|\")", r"font-size: \1px\2", tag)
    tag = re.sub(r"font-family: [^;\"]*;? ?", "", tag)
    tag = re.sub(r' transform="rotate\(-0 [^"]*"', "", tag)
    tag = _round(_dots(tag))
    return _variables(tag).replace("xlink:href", "href") if page else tag


def _dots(tag: str) -> str:
    """A dot is a line of no length with a round end: `M x y h0`."""
    return re.sub(r"M (-?[\d.]+) (-?[\d.]+) ?\nL \1 \2 ?\n?", r"M\1 \2h0", tag)


def _round(tag: str) -> str:
    """Two decimals of a point are a hundredth of a pixel."""
    return re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), tag)


def _variables(tag: str) -> str:
    for name, (light, _) in PALETTE.items():
        tag = tag.replace(light, f"var(--{name})")
    return tag
