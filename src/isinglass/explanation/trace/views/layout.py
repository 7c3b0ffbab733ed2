"""Where the nodes of a graph stand in a picture: in layers, with few crossings.

After Sugiyama, Tagawa and Toda (1981), doi:10.1109/TSMC.1981.4308636: layers by longest path, edges over several
layers get a bend in each, order within a layer by the mean place of the neighbours, swept up and down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from isinglass.explanation.trace.graph import Graph

SWEEPS = 8


@dataclass(frozen=True)
class Layout:
    """Layers from the inputs to the result: each a tuple of keys, a node's id or a bend (source, target, layer); and
    for each edge, in the trace's order, the keys that it runs through."""

    layers: tuple[tuple[object, ...], ...]
    ways: tuple[tuple[object, ...], ...]


def lay_out(trace: Graph) -> Layout:
    """Layers and ways of a trace."""
    level = _levels(trace)
    layers: list[list[object]] = [[] for _ in range(max(level.values()) + 1)]
    for node in trace.nodes:
        layers[level[node.id]].append(node.id)
    ways = []
    for edge in trace.edges:
        between = range(level[edge.source] + 1, level[edge.target])
        bends = [(edge.source, edge.target, k) for k in between]
        for k, bend in zip(between, bends, strict=True):
            layers[k].append(bend)
        ways.append((edge.source, *bends, edge.target))
    return Layout(tuple(map(tuple, _ordered(layers, ways))), tuple(ways))


def _levels(trace: Graph) -> dict[int, int]:
    """Longest path from anything given; what is only given stands right before its first user."""
    level: dict[int, int] = {}
    for node in trace.nodes:
        level[node.id] = max((level[edge.source] + 1 for edge in trace.into(node)), default=0)
    for node in trace.nodes:
        if not trace.into(node) and trace.out_of(node):
            level[node.id] = min(level[edge.target] for edge in trace.out_of(node)) - 1
    lowest = min(level.values())
    return {id: at - lowest for id, at in level.items()}


def _ordered(layers: list[list[object]], ways: Sequence[Sequence[object]]) -> list[list[object]]:
    before: dict[object, list[object]] = {}
    after: dict[object, list[object]] = {}
    for way in ways:
        for one, other in pairwise(way):
            before.setdefault(other, []).append(one)
            after.setdefault(one, []).append(other)
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else after
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            place = {key: k for inner in layers for k, key in enumerate(inner)}
            layer.sort(key=lambda key, place=place: _mean([place[n] for n in neighbours.get(key, ())], place[key]))
    return layers


def _mean(places: Sequence[int], otherwise: int) -> float:
    return sum(places) / len(places) if places else float(otherwise)
