"""Operations at which a gradient stops being a finite number: the root at 0, a pole, an angle without direction."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from isinglass.explanation.trace.graph import Edge, Graph, Node
from isinglass.explanation.trace.numbers import Numbers

MOST = 3
"""Operations that are named."""

WHY = "it is infinite or undefined there, or cannot be computed"
"""True of the root at 0, of a pole, of an angle without a direction, and of numbers that overflow."""


def nonfinite(trace: Graph) -> tuple[str, ...]:
    """One sentence for each operation that makes a gradient infinite or NaN where its source's value is finite.

    What only hands on a gradient that was infinite or NaN before is not told again.
    """
    said = [sentence for node in trace.nodes for sentence in (*_sum(trace, node), *_slope(trace, node))]
    more = [f"{len(said)} operations in all give back no finite gradient"] if len(said) > MOST else []
    return (*said[:MOST], *more)


def _slope(trace: Graph, node: Node) -> Iterator[str]:
    places = [place for edge in trace.into(node) if (place := _place(trace.node(edge.source), edge, node.gradient))]
    if places:
        yield f"{node.name} = {node.text} gives back no finite gradient at {' and '.join(places)}: {WHY}"


def _sum(trace: Graph, node: Node) -> Iterator[str]:
    """Finite products may still add up to more than a number can hold."""
    products = [edge.product for edge in trace.out_of(node) if edge.product is not None]
    if products and not _finite(node.gradient) and all(_finite(product) for product in products):
        yield f"the gradient of {node.name} is not finite: the sum of its products is too large"


def _place(source: Node, edge: Edge, upstream: Numbers | None) -> str:
    """`x = 0`, or `2 of 12 elements of x`; empty where nothing is lost on this edge."""
    lost = _lost(source, edge, upstream)
    if not lost:
        return ""
    value = source.value.scalar
    if value is None:
        return f"{lost} of {source.value.size} elements of {source.name}"
    return f"{source.name} = {value + 0.0:.4g}"  # -0 reads 0


def _lost(source: Node, edge: Edge, upstream: Numbers | None) -> int:
    """Elements whose gradient is lost here: a local one that is not finite, or a product that is not though the
    upstream gradient is."""
    made = [edge.local, edge.product] if _finite(upstream) else [edge.local]
    flawed = [~np.isfinite(part.values) for part in made if part and part.values is not None and not _finite(part)]
    known = source.value.values
    return int((np.any(flawed, axis=0) & np.isfinite(known)).sum()) if flawed and known is not None else 0


def _finite(numbers: Numbers | None) -> bool:
    """Of an empty array too."""
    return numbers is None or not numbers.size or bool(np.isfinite([numbers.low, numbers.high]).all())
