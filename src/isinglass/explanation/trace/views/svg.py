"""A trace as a picture: values above in one colour, gradients below in another, as in the lectures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise

from isinglass.explanation.trace.graph import Graph, Node
from isinglass.explanation.trace.views.labels import made, product, shape, short
from isinglass.explanation.trace.views.layout import Layout, lay_out

CHARACTER = 6.7
"""Width of a letter of the type below, in pixels."""
LINE = 16
GAP_ACROSS, GAP_ALONG = 26, 34
WIDE = 9
"""Layers up to which a picture runs from left to right; deeper ones run downwards."""
LONGEST = 34
"""Letters of a line in a box."""

STYLE = """
.t{font:12px "DejaVu Sans Mono",ui-monospace,monospace;fill:#26221d}.n{font-weight:bold}
.m{fill:#6a6257}.v{fill:#0868a4}.g{fill:#b3560c}
.b{fill:#fcfaf6;stroke:#6a6257}.given{stroke-dasharray:4 3}.e{fill:none;stroke:#a09789;stroke-width:1.2}
.p{fill:#fcfaf6}.a{fill:#a09789}
@media (prefers-color-scheme:dark){.t{fill:#ebe6de}.m{fill:#a8a093}.v{fill:#62b5ec}.g{fill:#f0a545}
.b,.p{fill:#181614}.b{stroke:#a8a093}}
"""


def svg(trace: Graph) -> str:
    """The whole picture as one SVG document; nothing in it comes from elsewhere.

    Fold a big network before (`Trace.fold`).
    """
    picture = _Picture(trace)
    width, height = picture.size
    title = escape(f"Graph of {trace.result.name}: {len(trace)} nodes with value and gradient")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
    head += f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{title}"><style>{STYLE}</style>'
    marker = '<defs><marker id="to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
    marker += 'orient="auto"><path class="a" d="M0 0L8 4L0 8z"/></marker></defs>'
    paper = f'<rect class="p" width="{width:.0f}" height="{height:.0f}"/>'
    legend = (
        '<text class="t m" x="16" y="{:.0f}"><tspan class="v">value</tspan> above, <tspan class="g">gradient</tspan>'
    )
    legend = legend.format(height - 12) + f" below{picture.on_edges}</text>"
    return "\n".join([head, marker, paper, *picture.edges(), *picture.boxes(), legend, "</svg>"]) + "\n"


class _Picture:
    """Boxes in layers. `along` runs from layer to layer, `across` within one."""

    def __init__(self, trace: Graph) -> None:
        self.trace = trace
        self.layout: Layout = lay_out(trace)
        self.across = len(self.layout.layers) > WIDE  # the picture runs downwards
        self.lines = {node.id: _box_lines(node) for node in trace.nodes}
        self.box = {id: (_width(lines), LINE * len(lines) + 10) for id, lines in self.lines.items()}
        self.labels = [product(edge, trace.node(edge.target).gradient) for edge in trace.edges]
        self.centre = self._places()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels."""
        ends = [(x + self._extent(key)[0] / 2, y + self._extent(key)[1] / 2) for key, (x, y) in self.centre.items()]
        words = CHARACTER * (30 + len(self.on_edges)) + 32
        return max(words, max(x for x, _ in ends) + 16), max(y for _, y in ends) + 40

    @property
    def on_edges(self) -> str:
        """What the legend says of the edges."""
        return "" if self.across else "; on arrows: local × upstream = product"

    def boxes(self) -> Iterator[str]:
        """One group a node."""
        for node in self.trace.nodes:
            (x, y), (wide, high) = self.centre[node.id], self.box[node.id]
            given = " given" if node.kind in ("input", "parameter", "buffer", "constant") else ""
            yield f'<rect class="b{given}" x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}" width="{wide:.1f}" '
            yield f'height="{high:.1f}" rx="4"/>'
            for k, (kind, line) in enumerate(self.lines[node.id]):
                at = y - high / 2 + LINE * (k + 1)
                yield f'<text class="t {kind}" x="{x:.1f}" y="{at:.1f}" text-anchor="middle">{escape(line)}</text>'

    def edges(self) -> Iterator[str]:
        """One curve an edge, with what flows back written where it arrives."""
        for way, label in zip(self.layout.ways, self.labels, strict=True):
            points = self._points(way)
            yield f'<path class="e" d="{_curve(points, downwards=self.across)}" marker-end="url(#to)"/>'
            if label != "-" and not self.across:
                (x, y), (wide, high) = _label_place(points), (CHARACTER * len(label) + 6, LINE)
                corner = f'x="{x - wide / 2:.1f}" y="{y - high / 2:.1f}"'
                yield f'<rect class="p" {corner} width="{wide:.1f}" height="{high}"/>'
                yield f'<text class="t g" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{escape(label)}</text>'

    def _points(self, way: Sequence[object]) -> list[tuple[float, float]]:
        points = [self.centre[key] for key in way]
        for end, sign in ((0, 1), (-1, -1)):
            (x, y), (wide, high) = points[end], self._extent(way[end])
            points[end] = (x, y + sign * high / 2) if self.across else (x + sign * wide / 2, y)
        return points

    def _extent(self, key: object) -> tuple[float, float]:
        return self.box[key] if isinstance(key, int) else (8.0, 8.0)

    def _places(self) -> dict[object, tuple[float, float]]:
        along, places = 16.0, {}
        axis = 0 if self.across else 1  # of the pair (width, height), the one within a layer
        spans = [sum(self._extent(k)[axis] + GAP_ACROSS for k in layer) - GAP_ACROSS for layer in self.layout.layers]
        for layer, span in zip(self.layout.layers, spans, strict=True):
            thick = max(self._extent(key)[1 - axis] for key in layer)
            at = 16 + (max(spans) - span) / 2
            for key in layer:
                mine = self._extent(key)[axis]
                pair = (along + thick / 2, at + mine / 2)
                places[key] = pair if axis else pair[::-1]
                at += mine + GAP_ACROSS
            along += thick + GAP_ALONG + (0 if self.across else self._room(layer))
        return places

    def _room(self, layer: Sequence[object]) -> float:
        """For the labels of the edges that end in the next layer."""
        ends = [label for way, label in zip(self.layout.ways, self.labels, strict=True) if way[-2] in layer]
        return CHARACTER * 1.1 * max((len(label) for label in ends), default=0) + 12


def _box_lines(node: Node) -> list[tuple[str, str]]:
    """(class, text) of each line in a node's box."""
    lines = [("v", short(node.value)), ("n", node.name)]
    said = made(node)
    if node.kind in ("operation", "module", "constant") and said != node.name:
        lines.append(("", said))
    if node.value.shape:
        lines.append(("m", shape(node.value)))
    if node.weights and node.kind == "module":
        lines.append(("m", f"{node.weights:,} weights"))
    if node.gradient is not None:
        lines.append(("g", short(node.gradient)))
    return [(kind, line if len(line) <= LONGEST else f"{line[: LONGEST - 2]} …") for kind, line in lines]


def _width(lines: Sequence[tuple[str, str]]) -> float:
    return CHARACTER * 1.09 * max(len(line) for _, line in lines) + 18


def _curve(points: Sequence[tuple[float, float]], *, downwards: bool) -> str:
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for (x, y), (u, v) in pairwise(points):
        bend = f"{x:.1f} {(y + v) / 2:.1f} {u:.1f} {(y + v) / 2:.1f}" if downwards else ""
        bend = bend or f"{(x + u) / 2:.1f} {y:.1f} {(x + u) / 2:.1f} {v:.1f}"
        parts.append(f"C{bend} {u:.1f} {v:.1f}")
    return "".join(parts)


def _label_place(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The middle of the last stretch."""
    (x, y), (u, v) = points[-2:]
    return (x + u) / 2, (y + v) / 2
