"""The forward pass of a trace: inputs and parameters are entered, and the function runs while it is recorded."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.trace.options import Function, TraceOptions
from isinglass.explanation.trace.passes.recording import Record, Recorder, Recording, edge_of, tensors_in

FAILURES = (
    RuntimeError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError,
)  # fmt: skip
"""What a function stops with, its own fault or one of its inputs' shapes. NotImplementedError is a RuntimeError."""

FOLLOWED = "torch from the inputs to the result: numpy, .item() and .tolist() cannot be followed."


def enter_inputs(recording: Recording, inputs: Sequence[Tensor], asked: TraceOptions) -> list[Tensor]:
    """Write a record of each input; returns copies of them that gradients reach."""
    names = list(asked.names) or (["x"] if len(inputs) == 1 else [f"x{n}" for n in range(1, len(inputs) + 1)])
    if len(names) != len(inputs):
        raise MachineError("each input has one name", given=names, allowed=f"{len(inputs)} names")
    leaves = [tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in inputs]
    for name, leaf in zip(names, leaves, strict=True):
        labels = tuple((asked.labels or {}).get(name, ()))
        recording.add(leaf, Record("input", "input", leaf.detach(), edge_of(leaf), name=name, labels=labels))
    return leaves


def enter_module(recording: Recording, module: nn.Module) -> None:
    """Write a record of each parameter and buffer."""
    for name, parameter in module.named_parameters():
        record = Record("parameter", "parameter", parameter.detach(), edge_of(parameter), name=name)
        recording.add(parameter, record)
    for name, buffer in module.named_buffers():
        recording.add(buffer, Record("buffer", "buffer", buffer.detach(), None, name=name))


def run(recorder: Recorder, function: Function | nn.Module, leaves: list[Tensor], asked: TraceOptions) -> Tensor:
    """The result: of the loss where there is one, of several tensors the first. Raises MachineError."""
    whole = function if asked.loss is None else _then(function, asked.loss)
    watched = function if isinstance(function, nn.Module) else nn.Module()
    try:
        with torch.inference_mode(False), torch.enable_grad(), recorder.watching(watched), recorder:
            out = whole(*leaves)
    except FAILURES as error:
        raise MachineError(
            ": ".join([f"the function stops with {type(error).__name__}", *str(error).splitlines()[:1]]),
            where=so_far(recorder),
            given=", ".join(f"{tuple(leaf.shape)}" for leaf in leaves),
            instead="inputs of the shape that the function takes.",
        ) from error
    found = tensors_in(out)
    if not found:
        raise MachineError(
            "the function gives no tensor",
            where=so_far(recorder, stopped=False),
            given=type(out).__name__,
            instead=FOLLOWED,
        )
    return found[0]


def _then(function: Function, loss: Function) -> Function:
    def both(*inputs: Tensor) -> Tensor:
        out = function(*inputs)
        return loss(out if isinstance(out, Tensor) else tensors_in(out)[0])

    return both


def so_far(recorder: Recorder, *, stopped: bool = True) -> str:
    """How far the pass came, in words."""
    made = [record.operation for record in recorder.recording.records if record.kind == "operation"]
    last = f", the last of them {made[-1]}" if made else ""
    call = recorder.begun if stopped else None
    inside = f", then stopped inside {call.name} ({call.kind})" if call else ""
    return f"traced {len(made)} operations{last}{inside}"
