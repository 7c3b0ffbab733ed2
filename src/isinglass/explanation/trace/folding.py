"""Big networks on one screen: every module call of a chosen depth becomes one node."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from isinglass.explanation.trace.graph import Call, Edge, Graph, Node, SomeGraph, renumbered
from isinglass.explanation.trace.numbers import Numbers, numbers

LINES = 34
"""Nodes that fit a screen, with a heading and a foot."""

LEAVES = ("parameter", "buffer", "constant")


def fold(trace: SomeGraph, depth: int | None = None) -> SomeGraph:
    """Modules that are `depth` calls deep become one node each, with the parameters that only they use.

    Args:
        trace: of any function; without modules it stays as it is.
        depth: 1 is the outermost modules, and so on; a module that calls no others is folded at any depth. 0: nothing
            is folded; more than there are: only modules that call no others; None: as deep as fits `LINES`.

    Returns:
        A trace in which a folded node has the value and the gradient of the last thing that leaves it, and the sums
        of memory, multiply-adds and weights. Products that come from one source along several edges are added.
    """
    deepest = max((len(node.calls) for node in trace.nodes), default=0)
    if depth is None:
        return _that_fits(trace, deepest)
    return trace if depth <= 0 or not deepest else _fold(trace, depth)


def _that_fits(trace: SomeGraph, deepest: int) -> SomeGraph:
    folded = trace
    for depth in range(deepest, 0, -1):
        if len(folded) <= LINES:
            break
        folded = fold(trace, depth)
    return folded


def _fold(trace: SomeGraph, depth: int) -> SomeGraph:
    group = _groups(trace, depth)
    members: dict[int, list[Node]] = {}
    for node in trace.nodes:
        if node.id in group:
            members.setdefault(group[node.id], []).append(node)
    calls = {call.number: call for node in trace.nodes for call in node.calls}
    named = Counter(calls[number].name for number in members)
    stands = {n: _gate(trace, group, inner).id for n, inner in members.items()}
    place = {node.id: stands[group[node.id]] if node.id in group else node.id for node in trace.nodes}
    kept = [node for node in trace.nodes if place[node.id] == node.id]
    edges = _outer_edges(trace.edges, place)
    of_gate = {stands[n]: _Module(calls[n], tuple(inner), named[calls[n].name] == 1) for n, inner in members.items()}
    nodes = tuple(_folded(node, of_gate[node.id]) if node.id in of_gate else node for node in kept)
    new_names = {before.name: node.name for before, node in zip(kept, nodes, strict=True) if before.name != node.name}
    return _worded(renumbered(trace, nodes, edges), new_names)


class _Module:
    """What becomes one node: the call, the nodes inside, and whether the module is called only once."""

    def __init__(self, call: Call, inner: tuple[Node, ...], alone: bool) -> None:
        self.call, self.inner, self.alone = call, inner, alone


def _groups(trace: Graph, depth: int) -> dict[int, int]:
    """Node -> the number of the call that it disappears in. Leaves go with their only user."""
    calling = {call.number for node in trace.nodes for call in node.calls[:-1]}  # modules that call others
    group: dict[int, int] = {}
    for node in trace.nodes:
        call = node.calls[min(depth, len(node.calls)) - 1] if node.calls else None
        if call is not None and (len(node.calls) >= depth or call.number not in calling):
            group[node.id] = call.number
    for node in trace.nodes:
        users = {group.get(edge.target) for edge in trace.out_of(node)}
        if node.kind in LEAVES and len(users) == 1 and (only := users.pop()) is not None:
            group[node.id] = only
    return group


def _gate(trace: Graph, group: dict[int, int], inner: Sequence[Node]) -> Node:
    """The node through which a module's result leaves it: the last one that is used outside, or the last of all."""
    here = group[inner[0].id]
    leaving = [n for n in inner if any(group.get(edge.target) != here for edge in trace.out_of(n))]
    return (leaving or list(inner))[-1] if trace.result not in inner else trace.result


def _folded(gate: Node, module: _Module) -> Node:
    call, inner = module.call, module.inner
    return replace(
        gate,
        name=call.name if module.alone else f"{call.name}:{call.number}",
        kind="module",
        operation=call.kind,
        memory=sum(node.memory for node in inner),
        multiply_adds=sum(node.multiply_adds for node in inner),
        weights=sum(node.weights for node in inner),
    )


def _outer_edges(edges: Sequence[Edge], place: dict[int, int]) -> tuple[Edge, ...]:
    merged: dict[tuple[int, int], Edge] = {}
    for edge in edges:
        ends = place[edge.source], place[edge.target]
        if ends[0] != ends[1]:
            moved = replace(edge, source=ends[0], target=ends[1], local=None if ends[1] != edge.target else edge.local)
            merged[ends] = _added(merged[ends], moved) if ends in merged else moved
    return tuple(merged.values())


def _added(one: Edge, other: Edge) -> Edge:
    return replace(one, local=None, product=_sum(one.product, other.product))


def _sum(one: Numbers | None, other: Numbers | None) -> Numbers | None:
    if one is None or other is None:
        return one or other
    if one.values is None or other.values is None or one.shape != other.shape:
        return None
    return numbers(np.add(one.values, other.values))


def _worded(trace: SomeGraph, new_names: Mapping[str, str]) -> SomeGraph:
    """Sentences name what is there now: a folded module instead of the last operation in it."""
    pattern = re.compile("|".join(rf"(?<![\w.:]){re.escape(name)}(?![\w.:])" for name in new_names) or r"(?!)")
    said = []
    for node in trace.nodes:
        if node.kind == "module":
            text = f"{node.operation}({', '.join(trace.node(edge.source).name for edge in trace.into(node))})"
        else:
            text = pattern.sub(lambda found: new_names[found[0]], node.text)
        said.append(replace(node, text=text))
    return replace(trace, nodes=tuple(said))
