"""The backward pass by hand: each operation's vector-Jacobian product by itself, added up where paths meet.

For a node with upstream gradient u and a source x, the edge's product is u times d node / d x; the upstream gradient
of x is the sum of the products of all edges that leave it (the chain rule over the graph, Rumelhart, Hinton and
Williams 1986, doi:10.1038/323533a0). Autograd gives each single product, cut off at the sources; the sums are made
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.graph import GradientEdge

from isinglass.explanation.trace.passes.recording import Record

# fmt: off
ELEMENTWISE = frozenset((
    "add", "sub", "mul", "div", "pow", "neg", "rsub", "rdiv", "rpow", "exp", "log", "log1p", "expm1", "sqrt",
    "rsqrt", "square", "reciprocal", "sin", "cos", "tan", "tanh", "sigmoid", "logsigmoid", "relu", "leaky_relu",
    "elu", "selu", "gelu", "silu", "mish", "softplus", "abs", "maximum", "minimum", "clamp", "hardtanh", "relu6",
    "erf", "nan_to_num", "where", "dropout", "hardswish", "hardsigmoid",
))
# fmt: on
"""Operations whose Jacobian is diagonal wherever a source has the result's shape."""


@dataclass(frozen=True)
class Flow:
    """What flows back along one edge: source and target are places of records."""

    source: int
    target: int
    local: Tensor | None
    product: Tensor | None


def flow_back(
    records: Sequence[Record], places: Sequence[int], seed: Tensor
) -> tuple[dict[int, Tensor], tuple[Flow, ...]]:
    """Upstream gradients of all records, and what flows along every edge.

    Args:
        records: of one pass.
        places: those that lead to the result, ascending; the last one is the result.
        seed: gradient of the result.
    """
    upstream: dict[int, Tensor] = {places[-1]: seed}
    flows: list[list[Flow]] = []
    for place in reversed(places):
        found = _flows(records, place, upstream.get(place))
        for flow in found:
            if flow.product is not None:
                known = upstream.get(flow.source)
                upstream[flow.source] = flow.product if known is None else known + flow.product
        flows.append(found)
    return upstream, tuple(flow for found in reversed(flows) for flow in found)


def _flows(records: Sequence[Record], place: int, gradient: Tensor | None) -> list[Flow]:
    record = records[place]
    sources = tuple(dict.fromkeys(record.sources))
    if record.edge is None or gradient is None:
        return [Flow(source, place, None, None) for source in sources]
    reached = [source for source in sources if records[source].edge is not None]
    products = dict(zip(reached, _products(records, place, reached, gradient), strict=True))
    alike = [source for source in reached if _is_elementwise(record, records[source])]
    ones = torch.ones_like(gradient)
    locals_ = dict(zip(alike, _products(records, place, alike, ones), strict=True)) if alike else {}
    return [Flow(source, place, locals_.get(source), products.get(source)) for source in sources]


def _is_elementwise(record: Record, source: Record) -> bool:
    if record.value.numel() == 1 and source.value.numel() == 1:
        return True
    return record.operation.removesuffix("_") in ELEMENTWISE and record.value.shape == source.value.shape


def _products(
    records: Sequence[Record], place: int, sources: Sequence[int], gradient: Tensor
) -> tuple[Tensor | None, ...]:
    """gradient times d record / d source for each source, as if the sources were independent of each other."""
    start = records[place].edge
    edges = [edge for source in sources if (edge := records[source].edge) is not None]
    assert start is not None
    if not edges:
        return ()
    with _cut_behind(edges):
        return torch.autograd.grad([start], edges, [gradient], retain_graph=True, allow_unused=True)


@contextmanager
def _cut_behind(edges: Sequence[GradientEdge]) -> Iterator[None]:
    """While entered, nothing flows back beyond these edges: one source's part never includes another's."""
    handles = [node.register_prehook(_nothing) for node in {edge.node for edge in edges}]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _nothing(gradients: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
    return tuple(None if gradient is None else torch.zeros_like(gradient) for gradient in gradients)
