"""A trace as indented text: modules as headings, what happens in them below."""

from __future__ import annotations

from collections.abc import Iterator

from isinglass.explanation.trace.graph import Call, Graph, Node
from isinglass.explanation.trace.views.labels import foot, made, product, shape, short

INDENT = "    "


def text(trace: Graph) -> str:
    """One line a node: name = how = value, its gradient, and what it gives back to each source."""
    return "\n".join([*_lines(trace), *foot(trace)])


def _lines(trace: Graph) -> Iterator[str]:
    open_calls: tuple[Call, ...] = ()
    for node in trace.nodes:
        calls = node.calls[:-1] if node.kind == "module" else node.calls
        for depth, call in enumerate(calls):
            if open_calls[depth : depth + 1] != (call,):
                yield f"{INDENT * depth}{call.name} ({call.kind})"
        open_calls = calls
        yield from _of_node(trace, node, INDENT * len(calls))


def _of_node(trace: Graph, node: Node, indent: str) -> Iterator[str]:
    size = f" [{shape(node.value)}]" if node.value.shape else ""
    back = "" if node.gradient is None else f"   gradient {short(node.gradient)}"
    yield f"{indent}{node.name}{size} = {made(node)} = {short(node.value)}{back}"
    for edge in trace.into(node):
        if edge.product is not None:
            yield f"{indent}{INDENT}to {trace.node(edge.source).name}: {product(edge, node.gradient)}"
