"""One trace of many networks: every number as a mean over members, with its spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isinglass.errors import MachineError
from isinglass.explanation.trace.display import Trace
from isinglass.explanation.trace.graph import Edge, Node
from isinglass.explanation.trace.numbers import Numbers, numbers


def over_members(traces: Sequence[Trace]) -> Trace:
    """The mean of traces of the same graph; `Numbers.spread` is the standard deviation (ddof 1), elementwise.

    A mean of gradients is the gradient of the mean loss; a mean of locals times a mean of upstream gradients is not
    the mean of their products, so the products do not multiply out as those of one network do.

    Raises:
        MachineError: there is no trace, or the networks took different ways.
    """
    if not traces:
        raise MachineError("there are no members to trace")
    first, *others = traces
    for number, other in enumerate(others, start=2):
        _require_alike(first, other, number)
    if not others:
        return first
    nodes = tuple(_node(parts) for parts in zip(*(t.nodes for t in traces), strict=True))
    edges = tuple(_edge(parts) for parts in zip(*(t.edges for t in traces), strict=True))
    largest = float(np.max([t.difference for t in traces]))
    return replace(first, nodes=nodes, edges=edges, difference=largest, members=len(traces), notes=_notes(traces))


def _require_alike(first: Trace, other: Trace, number: int) -> None:
    for one, two in zip(first.nodes, other.nodes, strict=False):
        if (one.operation, one.value.shape) != (two.operation, two.value.shape):
            raise MachineError(
                "the members take different ways, so their numbers have no mean",
                where=one.name,
                given=f"{one.operation} {one.value.shape} in no. 1, {two.operation} {two.value.shape} in no. {number}",
                instead="trace one member.",
            )
    if len(first) != len(other) or len(first.edges) != len(other.edges):
        raise MachineError(
            "the members take ways of different lengths, so their numbers have no mean",
            given=f"{len(first)} and {len(other)} nodes",
            instead="trace one member.",
        )


def _node(parts: Sequence[Node]) -> Node:
    value = _mean([node.value for node in parts])
    assert value is not None
    gradient, update = _mean([node.gradient for node in parts]), _mean([node.update for node in parts])
    return replace(parts[0], value=value, gradient=gradient, update=update)


def _edge(parts: Sequence[Edge]) -> Edge:
    return replace(parts[0], local=_mean([e.local for e in parts]), product=_mean([e.product for e in parts]))


def _notes(traces: Sequence[Trace]) -> tuple[str, ...]:
    """Those of all members, then those of some: their numbers differ, and so the places without a finite gradient."""
    shared = [note for note in traces[0].notes if all(note in t.notes for t in traces)]
    others = Counter(note for t in traces for note in t.notes if note not in shared)
    return (*shared, *(f"in {count} of {len(traces)} members: {note}" for note, count in others.items()))


def _mean(parts: Sequence[Numbers | None]) -> Numbers | None:
    arrays = [part.values for part in parts if part is not None and part.values is not None]
    if len(arrays) < len(parts):
        return None
    stacked = np.stack(arrays).astype(np.float64)
    with np.errstate(invalid="ignore"):  # a gradient may be infinite: the note says where
        mean, spread = stacked.mean(axis=0), stacked.std(axis=0, ddof=1)
    return numbers(mean, spread=spread)
