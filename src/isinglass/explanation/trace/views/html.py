"""A trace for notebooks: the picture, and the table below it."""

from __future__ import annotations

from html import escape

from isinglass.explanation.trace.graph import Graph
from isinglass.explanation.trace.views.labels import foot, made, product, shape, short
from isinglass.explanation.trace.views.svg import svg

HEADINGS = ("node", "is", "shape", "value", "gradient", "gives back")


def html(trace: Graph) -> str:
    """A fragment of HTML; nothing in it comes from elsewhere."""
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>" for cells in _rows(trace))
    head = "".join(f"<th>{heading}</th>" for heading in HEADINGS)
    below = "".join(f"<p>{escape(line)}</p>" for line in foot(trace))
    scrolled = f'<div style="overflow-x:auto">{svg(trace)}</div>'
    return f"<div>{scrolled}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{below}</div>"


def _rows(trace: Graph) -> list[tuple[str, ...]]:
    return [
        (
            node.name,
            made(node),
            shape(node.value),
            short(node.value),
            short(node.gradient),
            "; ".join(f"{trace.node(e.source).name}: {product(e, node.gradient)}" for e in trace.into(node)),
        )
        for node in trace.nodes
    ]
