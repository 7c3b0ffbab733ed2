"""Draws the README's figure, docs/assets/tao.svg: `python docs/hooks/figure.py [MODEL]`.

Without a model one is fitted, as `isinglass fit tao --target Humidity --group location` does.
"""

from __future__ import annotations

import sys
from pathlib import Path

import isinglass as ig
from isinglass.export.sections import draw
from isinglass.figures.drawing.style import PALETTE

TARGET = Path(__file__).parent.parent / "assets" / "tao.svg"


def standalone(svg: str) -> str:
    """A file of its own from a drawing of the report: its colours by name, light and dark."""
    light, dark = (" ".join(f"--{name}: {pair[i]};" for name, pair in PALETTE.items()) for i in (0, 1))
    style = (
        f"<style>svg {{ {light} font-family: sans-serif; background: var(--paper) }} "
        f"@media (prefers-color-scheme: dark) {{ svg {{ {dark} }} }}</style>"
    )
    head, rest = svg.split(">", 1)
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'{head} {names} width="560">{style}{rest}'


def main() -> None:
    model = ig.load(sys.argv[1]) if sys.argv[1:] else ig.fit("tao", "Humidity", group="location")
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(standalone(draw(model.findings)["comparison"][0].svg) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
