"""From a function and its inputs to a trace of every number."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.trace.backward import ELEMENTWISE, Flow, flow_back
from isinglass.explanation.trace.graph import Edge, Node, Trace
from isinglass.explanation.trace.naming import names_of
from isinglass.explanation.trace.numbers import Numbers, numbers
from isinglass.explanation.trace.recording import Record, Recorder, Recording, edge_of, tensors_in
from isinglass.explanation.trace.updates import Step

Function = Callable[..., Any]

FAILURES = (
    RuntimeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError,
)  # fmt: skip
"""What a function stops with, its own fault or one of its inputs' shapes. NotImplementedError is a RuntimeError."""

FOLLOWED = "torch from the inputs to the result: numpy, .item() and .tolist() cannot be followed."


@dataclass(frozen=True)
class Asked:
    """How a trace is made.

    Args:
        names: of the inputs; empty: x, or x1, x2 ...
        labels: names along the last axis of an input, by the input's name.
        loss: a function of the output that is traced after it; the backward pass then starts there.
        step: the optimizer whose first step is shown for every parameter.
        seed: gradient of the result; None: ones, so that the sum of the result's elements is differentiated.
        named: results between that have names of their own; the function may fill it while it runs.
    """

    names: Sequence[str] = ()
    labels: Mapping[str, Sequence[str]] | None = None
    loss: Function | None = None
    step: Step | None = None
    seed: Tensor | None = None
    named: Mapping[str, Tensor] | None = None


def trace(function: Function | nn.Module, *inputs: Tensor, asked: Asked | None = None, **options: Any) -> Trace:
    """Run forward and backward, and keep every number.

    Args:
        function: any function of tensors, or a module (it is copied: its gradients and statistics stay).
        inputs: tensors; those with floating-point numbers get gradients.
        asked: how, see `Asked`.
        options: its fields one by one: `names`, `labels`, `loss`, `step`, `seed`,
            `named`.

    Returns:
        The graph of all operations that lead to the result. The result is the output, its first tensor where there
        are several, or the loss. Where it has several elements, the gradient is that of their sum.

    Raises:
        MachineError: the function stops with an error (what was traced until there is said), gives no tensor, or
            a result that depends on nothing.
    """
    asked = asked or Asked(**options)
    recording = Recording()
    recorder = Recorder(recording)
    own = copied(function)
    leaves = _enter_inputs(recording, inputs, asked)
    if isinstance(own, nn.Module):
        _enter_module(recording, own)
    result = _run(recorder, own, leaves, asked)
    for name, tensor in (asked.named or {}).items():
        recording.records[recording.place_of(tensor)].name = name
    places = _ancestors(recording.records, recording.place_of(result))
    if not any(recording.records[place].kind in ("input", "parameter") for place in places):
        raise MachineError(
            "the result depends on no input and no parameter: there is nothing to trace",
            where=_so_far(recorder, stopped=False),
            instead=FOLLOWED,
        )
    return _assemble(recording, places, result, asked)


def copied(function: Function | nn.Module) -> Function | nn.Module:
    """A copy of a module whose parameters all learn; a function as it is."""
    if not isinstance(function, nn.Module):
        return function
    try:
        own = copy.deepcopy(function)
    except RuntimeError as error:
        raise MachineError(
            "the module cannot be copied for the trace",
            given=str(error).split("\n")[0],
            instead="trace a function of it",
        ) from None
    for parameter in own.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    return own


def _enter_inputs(recording: Recording, inputs: Sequence[Tensor], asked: Asked) -> list[Tensor]:
    names = list(asked.names) or (["x"] if len(inputs) == 1 else [f"x{n}" for n in range(1, len(inputs) + 1)])
    if len(names) != len(inputs):
        raise MachineError("each input has one name", given=names, allowed=f"{len(inputs)} names")
    leaves = [tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in inputs]
    for name, leaf in zip(names, leaves, strict=True):
        labels = tuple((asked.labels or {}).get(name, ()))
        recording.add(leaf, Record("input", "input", leaf.detach(), edge_of(leaf), name=name, labels=labels))
    return leaves


def _enter_module(recording: Recording, module: nn.Module) -> None:
    for name, parameter in module.named_parameters():
        record = Record("parameter", "parameter", parameter.detach(), edge_of(parameter), name=name)
        recording.add(parameter, record)
    for name, buffer in module.named_buffers():
        recording.add(buffer, Record("buffer", "buffer", buffer.detach(), None, name=name))


def _run(recorder: Recorder, function: Function | nn.Module, leaves: list[Tensor], asked: Asked) -> Tensor:
    whole = function if asked.loss is None else _then(function, asked.loss)
    watched = function if isinstance(function, nn.Module) else nn.Module()
    try:
        with torch.inference_mode(False), torch.enable_grad(), recorder.watching(watched), recorder:
            out = whole(*leaves)
    except FAILURES as error:
        raise MachineError(
            ": ".join([f"the function stops with {type(error).__name__}", *str(error).splitlines()[:1]]),
            where=_so_far(recorder),
            given=", ".join(f"{tuple(leaf.shape)}" for leaf in leaves),
            instead="inputs of the shape that the function takes.",
        ) from error
    found = tensors_in(out)
    if not found:
        raise MachineError(
            "the function gives no tensor",
            where=_so_far(recorder, stopped=False),
            given=type(out).__name__,
            instead=FOLLOWED,
        )
    return found[0]


def _then(function: Function, loss: Function) -> Function:
    def both(*inputs: Tensor) -> Tensor:
        out = function(*inputs)
        return loss(out if isinstance(out, Tensor) else tensors_in(out)[0])

    return both


def _so_far(recorder: Recorder, *, stopped: bool = True) -> str:
    made = [record.operation for record in recorder.recording.records if record.kind == "operation"]
    last = f", the last of them {made[-1]}" if made else ""
    call = recorder.begun if stopped else None
    inside = f", then stopped inside {call.name} ({call.kind})" if call else ""
    return f"traced {len(made)} operations{last}{inside}"


def _ancestors(records: Sequence[Record], last: int) -> list[int]:
    found, stack = {last}, [last]
    while stack:
        fresh = set(records[stack.pop()].sources) - found
        found |= fresh
        stack += fresh
    return sorted(found)


def _assemble(recording: Recording, places: list[int], result: Tensor, asked: Asked) -> Trace:
    records = recording.records
    notes = [f"{name} cannot be seen from inside: its derivative is taken as a whole" for name in recording.unseen]
    if result.requires_grad:
        seed = torch.ones_like(result) if asked.seed is None else asked.seed.to(result)
        upstream, flows = flow_back(records, places, seed.detach())
        difference = _difference(records, places, upstream, seed)
    else:
        upstream, flows, difference = {}, _forward_only(records, places), float("nan")
        notes.append("nothing flows back: the result has no derivative")
    names, labels = names_of(records, places), _labels(records, places)
    steps = {} if asked.step is None else _updates(records, places, upstream, asked.step)
    ids = {place: number for number, place in enumerate(places)}
    nodes = tuple(_node(records, place, ids, _About(names, labels, upstream, steps)) for place in places)
    edges = sorted((Edge(ids[f.source], ids[f.target], _read(f.local), _read(f.product)) for f in flows), key=_target)
    step = "" if asked.step is None else str(asked.step)
    return Trace(nodes, tuple(edges), step, difference, notes=tuple(notes))


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


def _difference(
    records: Sequence[Record], places: Sequence[int], upstream: Mapping[int, Tensor], seed: Tensor
) -> float:
    """Leaves' gradients: largest |ours - autograd's| over all leaves, as a part of the largest |autograd's|."""
    leaves = [p for p in places if records[p].kind in ("input", "parameter") and records[p].edge is not None]
    start, edges = records[places[-1]].edge, [records[place].edge for place in leaves]
    if start is None or not leaves:
        return float("nan")
    whole = torch.autograd.grad([start], edges, [seed], retain_graph=True, allow_unused=True)  # type: ignore[arg-type]
    pairs = [(upstream.get(place), one) for place, one in zip(leaves, whole, strict=True)]
    apart = max((_largest(ours, theirs) for ours, theirs in pairs), default=0.0)
    size = max((_largest(theirs, None) for _, theirs in pairs), default=0.0)
    return apart / size if size else apart


def _largest(one: Tensor | None, other: Tensor | None) -> float:
    """The largest |one - other|; None is zero."""
    known = [tensor for tensor in (one, other) if tensor is not None and tensor.numel()]
    if not known:
        return 0.0
    return float((known[0] - known[1] if len(known) == 2 else known[0]).abs().max())


def _forward_only(records: Sequence[Record], places: Sequence[int]) -> tuple[Flow, ...]:
    return tuple(Flow(s, place, None, None) for place in places for s in dict.fromkeys(records[place].sources))


def _read(tensor: Tensor | None) -> Numbers | None:
    return None if tensor is None else numbers(tensor.detach().numpy(force=True))


def _target(edge: Edge) -> int:
    return edge.target
