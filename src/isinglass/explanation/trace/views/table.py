"""A trace as a table for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isinglass.explanation.trace.graph import Graph
from isinglass.explanation.trace.views.labels import amount, local, made, shape, short

if TYPE_CHECKING:
    from rich.table import Table


def table(trace: Graph) -> Table:
    """One line a node, and one for each of its sources: what the node gives back to it.

    Upstream gradient times local gradient is the product: what the node adds to the gradient of its source. The local
    gradient is shown where it is one number an element.
    """
    updated = ["update"] if trace.optimizer else []
    headings = ["node", "is", "value", "upstream gradient", *updated, "source", "local gradient", "product"]
    made_of = _empty(headings, numeric=())
    for node in trace.nodes:
        sources = [(trace.node(edge.source).name, local(edge), short(edge.product)) for edge in trace.into(node)]
        first, *others = sources or [("", "", "")]
        update = ["" if node.update is None else short(node.update)] * len(updated)
        made_of.add_row(node.name, made(node), short(node.value), short(node.gradient), *update, *first)
        for source in others:
            made_of.add_row("", "", "", "", *[""] * len(updated), *source)
    return made_of


def sizes_table(trace: Graph) -> Table:
    """One line a node: what it is, its shape, value and gradient, and what it costs."""
    updated = ["update"] if trace.optimizer else []
    headings = ["node", "is", "shape", "value", "gradient", *updated, "weights", "multiply-adds", "memory"]
    rows = _empty(headings, numeric=("weights", "multiply-adds", "memory"))
    for node in trace.nodes:
        costs = (f"{node.weights:,}" if node.weights else "-", amount(node.multiply_adds), amount(node.memory, "B"))
        said = node.operation if node.kind in ("operation", "module") else made(node)
        update = ["" if node.update is None else short(node.update, 2)] * len(updated)
        numbers = (short(node.value, 2), short(node.gradient, 2), *update)
        rows.add_row(node.name, said, shape(node.value), *numbers, *costs)
    total = [sum(getattr(n, name) for n in trace.nodes) for name in ("weights", "multiply_adds", "memory")]
    rows.add_section()
    rows.add_row("all", "", "", "", "", *[""] * len(updated), f"{total[0]:,}", amount(total[1]), amount(total[2], "B"))
    return rows


def _empty(headings: list[str], *, numeric: tuple[str, ...]) -> Table:
    from rich import box
    from rich.table import Table

    made_of = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        made_of.add_column(
            heading,
            justify="right" if heading in numeric else "left",
            overflow="fold",
            no_wrap=heading in ("node", "shape"),
        )
    return made_of
