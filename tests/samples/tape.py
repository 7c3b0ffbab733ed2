"""What a CUDA graph does, for the practice device: operations are recorded with their places in memory, and replayed.

While a graph is recorded, nothing is computed for good: memory that was there before is as it was afterwards, and what
was made in between holds no numbers. What a device refuses then is refused: reading a number, and copies from and to
main memory, which would not be made again. A replay computes the same operations on the same memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch.utils import _pytree as tree

T = TypeVar("T")

recording: Tape | None = None
"""The one that is being recorded."""


class Tape:
    """`torch.cuda.CUDAGraph`."""

    def __init__(self) -> None:
        self.operations: list[tuple[Callable[..., Any], Any, dict[str, Any], list[torch.Tensor]]] = []
        self.before: dict[int, tuple[torch.UntypedStorage, torch.UntypedStorage]] = {}
        self.made: dict[int, torch.Tensor] = {}
        self.replays = 0

    def run(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Compute an operation for its shapes, and remember it."""
        given = _tensors((args, kwargs))
        for tensor in given:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in self.made:
                self.before.setdefault(storage.data_ptr(), (storage, storage.clone()))
        out = func(*args, **kwargs)
        there = {tensor.untyped_storage().data_ptr() for tensor in given}
        fresh = [tensor for tensor in _tensors(out) if tensor.untyped_storage().data_ptr() not in there]
        self.made |= {tensor.untyped_storage().data_ptr(): tensor for tensor in fresh}  # held: a place is not reused
        numbers = (fresh and "empty" not in func.name()) or func._schema.is_mutable
        if numbers:  # else room or a view, which stay
            self.operations.append((func, args, kwargs, fresh))
        return out

    def finish(self) -> None:
        """As if nothing had been computed."""
        for storage, copy in self.before.values():
            storage.copy_(copy)
        for tensor in self.made.values():
            if tensor.is_floating_point():
                tensor.fill_(torch.nan)
        self.before.clear()

    def replay(self) -> None:
        """All operations again, in the same memory."""
        self.replays += 1
        for func, args, kwargs, fresh in self.operations:
            out = func(*args, **kwargs)
            there = {tensor.untyped_storage().data_ptr() for tensor in _tensors((args, kwargs))}
            new = [tensor for tensor in _tensors(out) if tensor.untyped_storage().data_ptr() not in there]
            for old, values in zip(fresh, new, strict=True):
                old.copy_(values)


class Stream:
    """`torch.cuda.Stream`, of a device that does one thing at a time."""

    def __init__(self, device: Any = None) -> None:
        self.device = device

    def wait_stream(self, other: Stream) -> None:
        """There is nothing to wait for."""


@contextmanager
def graph(tape: Tape, *, pool: object, stream: Stream, capture_error_mode: str) -> Iterator[None]:
    """`torch.cuda.graph`."""
    global recording
    assert recording is None, "one recording at a time"
    recording = tape
    try:
        yield
    finally:
        recording = None
        tape.finish()


def replayed(function: Callable[[], T]) -> T:
    """What a function returns that is recorded, after a call that makes room, and replayed."""
    function()
    tape = Tape()
    with graph(tape, pool=None, stream=Stream(), capture_error_mode="thread_local"):
        out = function()
    tape.replay()
    return out


def refuse(name: str) -> None:
    """What cannot be recorded."""
    if recording is not None:
        raise RuntimeError(f"{name}: operation not permitted when stream is capturing")


def _tensors(tree_of: Any) -> list[torch.Tensor]:
    return [leaf for leaf in tree.tree_leaves(tree_of) if isinstance(leaf, torch.Tensor)]
