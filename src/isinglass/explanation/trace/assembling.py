"""From records to a trace: the backward pass, names, updates and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from isinglass.explanation.trace.display import Trace
from isinglass.explanation.trace.graph import Edge, Node
from isinglass.explanation.trace.naming import names_of
from isinglass.explanation.trace.numbers import Numbers, numbers
from isinglass.explanation.trace.options import TraceOptions
from isinglass.explanation.trace.passes.backward import ELEMENTWISE, Flow, flow_back
from isinglass.explanation.trace.passes.difference import difference_to_autograd
from isinglass.explanation.trace.passes.nonfinite import nonfinite
from isinglass.explanation.trace.passes.recording import Record, Recording
from isinglass.explanation.trace.passes.updates import Step


def assemble(recording: Recording, places: list[int], result: Tensor, asked: TraceOptions) -> Trace:
    """The trace of the records at `places`, which lead to the result; ids count them from 0."""
    records = recording.records
    notes = [f"{name} cannot be seen from inside: its derivative is taken as a whole" for name in recording.unseen]
    if result.requires_grad:
        seed = torch.ones_like(result) if asked.seed is None else asked.seed.to(result)
        upstream, flows = flow_back(records, places, seed.detach())
        difference = difference_to_autograd(records, places, upstream, seed)
    else:
        upstream, flows, difference = {}, _forward_only(records, places), float("nan")
        notes.append("nothing flows back: the result has no derivative")
    names, labels = names_of(records, places), _labels(records, places)
    steps = {} if asked.step is None else _updates(records, places, upstream, asked.step)
    ids = {place: number for number, place in enumerate(places)}
    nodes = tuple(_node(records, place, ids, _About(names, labels, upstream, steps)) for place in places)
    edges = sorted((Edge(ids[f.source], ids[f.target], _read(f.local), _read(f.product)) for f in flows), key=_target)
    step = "" if asked.step is None else str(asked.step)
    made = Trace(nodes, tuple(edges), step, difference)
    return replace(made, notes=(*notes, *nonfinite(made)))


@dataclass(frozen=True)
class _About:
    """What is known of the places of a pass besides their records."""

    names: Mapping[int, str]
    labels: Mapping[int, tuple[str, ...]]
    upstream: Mapping[int, Tensor]
    steps: Mapping[int, Tensor]


def _labels(records: Sequence[Record], places: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Names along the last axis, handed on by operations that keep each element in its place."""
    labels: dict[int, tuple[str, ...]] = {}
    for place in places:
        record = records[place]
        known = record.labels
        if not known and record.operation.removesuffix("_") in (*ELEMENTWISE, "index"):
            known = next((labels[source] for source in record.sources if labels.get(source)), ())
        if known and record.value.shape[-1:] == (len(known),):
            labels[place] = known
    return labels


def _node(
    records: Sequence[Record],
    place: int,
    ids: Mapping[int, int],
    about: _About,
) -> Node:
    record = records[place]
    text = record.text([about.names[source] for source in record.sources]) if record.text else ""
    return Node(
        id=ids[place],
        name=about.names[place],
        kind=record.kind,
        operation=record.operation,
        text=text,
        value=numbers(record.value.numpy(force=True)),
        calls=record.calls,
        gradient=_read(about.upstream.get(place)),
        update=_read(about.steps.get(place)),
        memory=record.value.numel() * record.value.element_size(),
        multiply_adds=record.multiply_adds,
        weights=record.value.numel() if record.kind == "parameter" else 0,
        labels=about.labels.get(place, ()),
    )


def _updates(
    records: Sequence[Record], places: Sequence[int], upstream: Mapping[int, Tensor], step: Step
) -> dict[int, Tensor]:
    learnt = [place for place in places if records[place].kind == "parameter" and place in upstream]
    return {place: step.update(records[place].value, upstream[place]) for place in learnt}


def _forward_only(records: Sequence[Record], places: Sequence[int]) -> tuple[Flow, ...]:
    return tuple(Flow(s, place, None, None) for place in places for s in dict.fromkeys(records[place].sources))


def _read(tensor: Tensor | None) -> Numbers | None:
    return None if tensor is None else numbers(tensor.detach().numpy(force=True))


def _target(edge: Edge) -> int:
    return edge.target
