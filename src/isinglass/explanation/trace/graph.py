"""What a trace is made of: a graph of numbers. Forward values, upstream gradients, and what flows along every edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self, TypeVar

from isinglass.errors import DataError
from isinglass.explanation.trace.numbers import LIMIT, Numbers, from_json

FORMAT = "isinglass-trace"
VERSION = 1


@dataclass(frozen=True)
class Call:
    """One call of a module: its dotted name, its class, and which call of the whole pass it was."""

    name: str
    kind: str
    number: int


@dataclass(frozen=True)
class Node:
    """One number, or one array of numbers, and how it came about.

    Args:
        id: its place; sources come before what is made of them.
        name: `x`, `q`, `layer1.0.conv1.weight`; unique in the trace.
        kind: "input", "parameter", "buffer", "constant" or "operation"; "module" in a folded trace.
        operation: `add`, `conv2d`; of a folded module its class; equal to `kind` for the others.
        text: how it was made, `x + y`.
        calls: the module calls that it was made in, outermost first.
        value: forward.
        gradient: d result / d value, the upstream gradient of this node; None where nothing flows back.
        update: of a parameter: what one step of the optimizer adds to it; None without an optimizer.
        memory: bytes of the value; in a folded module of all values in it.
        multiply_adds: multiplications with an addition (matrix products and convolutions) that made the value.
        weights: learnable numbers: of a parameter its size; of a folded module those used in it.
        labels: names along the last axis of the value, where there are such.
    """

    id: int
    name: str
    kind: str
    operation: str
    text: str
    value: Numbers
    calls: tuple[Call, ...] = ()
    gradient: Numbers | None = None
    update: Numbers | None = None
    memory: int = 0
    multiply_adds: int = 0
    weights: int = 0
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """What a source gives to a node and gets back from it.

    Args:
        source, target: ids of nodes.
        local: d target / d source where that is one number an element: for scalars, and for elementwise operations
            on arrays of one shape. None elsewhere: the Jacobian is a matrix, and `product` shows what it does.
        product: upstream gradient times local derivative (the vector-Jacobian product): the part of the source's
            gradient that comes along this edge. None where nothing flows back.
    """

    source: int
    target: int
    local: Numbers | None = None
    product: Numbers | None = None


@dataclass(frozen=True)
class Graph:
    """Every number of one forward and one backward pass.

    Args:
        nodes: sources before what is made of them; the last one is the result.
        edges: in the order of their targets.
        optimizer: the step that `Node.update` shows, in words; empty where there is none.
        difference: largest difference between the gradients of inputs and parameters as sums of products along all
            paths and autograd's own, as a part of the largest gradient; NaN where there is nothing to compare.
        members: networks that mean and spread are taken over; 1 for one network.
        notes: what could not be seen, and other things that one should know.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    optimizer: str = ""
    difference: float = float("nan")
    members: int = 1
    notes: tuple[str, ...] = ()

    @property
    def result(self) -> Node:
        """The node that everything leads to."""
        return self.nodes[-1]

    def __getitem__(self, name: str) -> Node:
        """The node with this name. Raises KeyError."""
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    def into(self, node: Node) -> tuple[Edge, ...]:
        """The edges from a node's sources."""
        return self._into.get(node.id, ())

    def out_of(self, node: Node) -> tuple[Edge, ...]:
        """The edges to what a node is used by."""
        return self._out_of.get(node.id, ())

    def node(self, id: int) -> Node:
        """The node with this id."""
        return self._by_id[id]

    def to_json(self, limit: int = LIMIT) -> dict[str, Any]:
        """One JSON value. Arrays of more than `limit` numbers keep shape, mean, std, low and high."""
        document = {"format": FORMAT, "version": VERSION, "optimizer": self.optimizer, "members": self.members}
        document |= {"difference": None if self.difference != self.difference else self.difference}
        document |= {"notes": list(self.notes), "nodes": [_document(node, limit) for node in self.nodes]}
        return document | {"edges": [_document(edge, limit) for edge in self.edges]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """What `to_json` wrote. Raises DataError where it is something else."""
        if document.get("format") != FORMAT or document.get("version") != VERSION:
            given = f"{document.get('format')} {document.get('version')}"
            raise DataError("this is no trace that can be read", given=given, allowed=f"{FORMAT} {VERSION}")
        difference = document["difference"]
        return cls(
            nodes=tuple(_node(part) for part in document["nodes"]),
            edges=tuple(Edge(**_numbers(part)) for part in document["edges"]),
            optimizer=document["optimizer"],
            difference=float("nan") if difference is None else difference,
            members=document["members"],
            notes=tuple(document["notes"]),
        )

    @cached_property
    def _by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def _by_id(self) -> dict[int, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _into(self) -> dict[int, tuple[Edge, ...]]:
        return _grouped(self.edges, "target")

    @cached_property
    def _out_of(self) -> dict[int, tuple[Edge, ...]]:
        return _grouped(self.edges, "source")


SomeGraph = TypeVar("SomeGraph", bound=Graph)


def renumbered(trace: SomeGraph, nodes: tuple[Node, ...], edges: tuple[Edge, ...]) -> SomeGraph:
    """The graph with other nodes and edges, ids counted from 0 in order."""
    places = {node.id: place for place, node in enumerate(nodes)}
    moved = [replace(edge, source=places[edge.source], target=places[edge.target]) for edge in edges]
    ordered = tuple(sorted(moved, key=lambda edge: edge.target))
    return replace(trace, nodes=tuple(replace(n, id=places[n.id]) for n in nodes), edges=ordered)


def _grouped(edges: tuple[Edge, ...], end: str) -> dict[int, tuple[Edge, ...]]:
    groups: dict[int, tuple[Edge, ...]] = {}
    for edge in edges:
        groups[getattr(edge, end)] = (*groups.get(getattr(edge, end), ()), edge)
    return groups


def _document(part: Node | Edge, limit: int) -> dict[str, Any]:
    """Fields that say nothing are left out."""
    shown = {name: getattr(part, name) for name in part.__dataclass_fields__}
    made = {name: _written(value, limit) for name, value in shown.items()}
    return {name: value for name, value in made.items() if value not in (None, "", []) or name == "id"}


def _written(value: Any, limit: int) -> Any:
    if isinstance(value, Numbers):
        return value.to_json(limit)
    if isinstance(value, tuple):
        return [asdict(item) if isinstance(item, Call) else item for item in value]
    return value


def _node(document: Mapping[str, Any]) -> Node:
    parts: dict[str, Any] = {"text": "", **_numbers(document)}
    parts["calls"] = tuple(Call(**call) for call in document.get("calls", ()))
    parts["labels"] = tuple(document.get("labels", ()))
    return Node(**parts)


def _numbers(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: from_json(value) if isinstance(value, dict) else value for name, value in document.items()}
