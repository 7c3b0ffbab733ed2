"""A pass in slow motion: forward one node at a time, then backward one node at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from isinglass.explanation.trace.display import Trace
from isinglass.explanation.trace.graph import Node
from isinglass.explanation.trace.views.labels import made, number, product, shape, short


@dataclass(frozen=True)
class Moment:
    """One step.

    Args:
        way: "forward" or "backward".
        number, of: which step of how many in this direction.
        node: its name.
        lines: what happens, in words and numbers.
    """

    way: str
    number: int
    of: int
    node: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        head, *others = self.lines
        indent = " " * len(start := f"{self.way} {self.number}/{self.of}  ")
        return "\n".join([f"{start}{head}", *(f"{indent}{line}" for line in others)])


def moments(trace: Trace) -> tuple[Moment, ...]:
    """All steps: every node forward, then every node that a gradient reaches, from the result back."""
    ahead = [_forward(node) for node in trace.nodes]
    back = [node for node in reversed(trace.nodes) if node.gradient is not None]
    told = [tuple(_backward(trace, node)) for node in back]
    return tuple(
        [
            Moment("forward", k, len(ahead), n.name, t)
            for k, (n, t) in enumerate(zip(trace.nodes, ahead, strict=True), 1)
        ]
        + [Moment("backward", k, len(back), n.name, t) for k, (n, t) in enumerate(zip(back, told, strict=True), 1)]
    )


def _forward(node: Node) -> tuple[str, ...]:
    size = f"   [{shape(node.value)}]" if node.value.shape else ""
    return (f"{node.name} = {made(node)} = {short(node.value)}{size}",)


def _backward(trace: Trace, node: Node) -> Iterator[str]:
    arrived = [edge for edge in trace.out_of(node) if edge.product is not None]
    gradient = short(node.gradient)
    if not arrived:
        yield f"{node.name}: gradient {gradient}, where the way back starts"
    elif len(arrived) == 1:
        yield f"{node.name}: gradient {gradient}, from {trace.node(arrived[0].target).name}"
    else:
        parts = [short(edge.product) for edge in arrived]
        users = [trace.node(edge.target).name for edge in arrived]
        total = " + ".join(parts) if all(e.product and e.product.scalar is not None for e in arrived) else "their sum"
        yield f"{node.name}: gradient {total} = {gradient}, from {', '.join(users)}"
    for edge in trace.into(node):
        if edge.product is not None:
            local = edge.local.scalar if edge.local is not None else None
            said = "" if local is None else f"local derivative {number(local)}; "
            yield f"gives {trace.node(edge.source).name}: {said}{product(edge, node.gradient)}"
    if node.update is not None:
        yield f"update {short(node.update)}"
