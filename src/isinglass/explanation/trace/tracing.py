"""From a function and its inputs to a trace of every number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.trace.assembling import assemble
from isinglass.explanation.trace.display import Trace
from isinglass.explanation.trace.options import Function, TraceOptions
from isinglass.explanation.trace.passes.copying import copied
from isinglass.explanation.trace.passes.forward import FOLLOWED, enter_inputs, enter_module, run, so_far
from isinglass.explanation.trace.passes.recording import Record, Recorder, Recording


def trace(function: Function | nn.Module, *inputs: Tensor, asked: TraceOptions | None = None, **options: Any) -> Trace:
    """Run forward and backward, and keep every number.

    Args:
        function: any function of tensors, or a module (it is copied: its gradients and statistics stay).
        inputs: tensors; those with floating-point numbers get gradients.
        asked: how, see `TraceOptions`.
        options: its fields one by one: `names`, `labels`, `loss`, `step`, `seed`,
            `named`.

    Returns:
        The graph of all operations that lead to the result. The result is the output, its first tensor where there
        are several, or the loss. Where it has several elements, the gradient is that of their sum.

    Raises:
        MachineError: the function stops with an error (what was traced until there is said), gives no tensor, or
            a result that depends on nothing.
    """
    asked = asked or TraceOptions(**options)
    recording = Recording()
    recorder = Recorder(recording)
    own = copied(function)
    leaves = enter_inputs(recording, inputs, asked)
    if isinstance(own, nn.Module):
        enter_module(recording, own)
    result = run(recorder, own, leaves, asked)
    for name, tensor in (asked.named or {}).items():
        recording.records[recording.place_of(tensor)].name = name
    places = _ancestors(recording.records, recording.place_of(result))
    if not any(recording.records[place].kind in ("input", "parameter") for place in places):
        raise MachineError(
            "the result depends on no input and no parameter: there is nothing to trace",
            where=so_far(recorder, stopped=False),
            instead=FOLLOWED,
        )
    return assemble(recording, places, result, asked)


def _ancestors(records: Sequence[Record], last: int) -> list[int]:
    found, stack = {last}, [last]
    while stack:
        fresh = set(records[stack.pop()].sources) - found
        found |= fresh
        stack += fresh
    return sorted(found)
