"""The forward pass, written down: every operation that a function asks of torch, with its inputs and its result.

The function runs as it is, with real numbers and ordinary autograd, under a `TorchFunctionMode` that sees each call
of torch's Python surface (`linear`, `relu`, `+`, indexing ...). So whatever runs can be traced, with loops, branches
and changes in place. What that surface does not show (a scripted module, an `autograd.Function`) is found in autograd's
graph and becomes one node whose derivative is taken as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch._C._functorch import is_functorch_wrapped_tensor as is_wrapped  # type: ignore[import]
from torch.autograd.graph import GradientEdge, get_gradient_edge
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

from isinglass.explanation.trace.counting import Products, recurrent_products
from isinglass.explanation.trace.graph import Call
from isinglass.explanation.trace.labels import operation_name, sentence


@dataclass
class Record:
    """One tensor of the pass: how it was made, its number then, and where it stands in autograd's graph."""

    kind: str
    operation: str
    value: Tensor
    edge: GradientEdge | None
    sources: tuple[int, ...] = ()
    text: Callable[[Sequence[str]], str] | None = None
    name: str = ""
    calls: tuple[Call, ...] = ()
    multiply_adds: int = 0
    labels: tuple[str, ...] = ()


@dataclass
class _Seen:
    """A tensor object as it was when it was recorded; kept, so that its identity stays its own."""

    tensor: Tensor
    version: int
    place: int


@dataclass
class Recording:
    """All records in the order in which they were made, and the way back from a tensor to its record."""

    records: list[Record] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    _seen: dict[int, _Seen] = field(default_factory=dict)
    _edges: dict[tuple[Any, int], int] = field(default_factory=dict)

    def add(self, tensor: Tensor, record: Record) -> int:
        """Write a record of a tensor; returns its place."""
        place = len(self.records)
        self.records.append(record)
        self._seen[id(tensor)] = _Seen(tensor, tensor._version, place)
        if record.edge is not None:
            self._edges[record.edge.node, record.edge.output_nr] = place
        return place

    def find(self, tensor: Tensor) -> int | None:
        """The record of a tensor as it is now; None where it has changed since, or was never seen."""
        seen = self._seen.get(id(tensor))
        if seen is None or seen.tensor is not tensor or seen.version != tensor._version:
            return self._by_edge(tensor)
        edge = edge_of(tensor)
        known = self.records[seen.place].edge
        return seen.place if _same(edge, known) else self._by_edge(tensor)

    def place_of(self, tensor: Tensor) -> int:
        """The record of a tensor; one that was made where nobody could see is written now."""
        place = self.find(tensor)
        return self._trace_back(tensor) if place is None else place

    def keep_apart(self, tensors: Sequence[Tensor]) -> None:
        """Before something is changed in place: records that lie in the same memory keep what they have."""
        touched = {tensor.untyped_storage().data_ptr() for tensor in tensors}
        for record in self.records:
            if record.value.untyped_storage().data_ptr() in touched:
                record.value = record.value.clone()

    def _by_edge(self, tensor: Tensor) -> int | None:
        edge = edge_of(tensor)
        return None if edge is None else self._edges.get((edge.node, edge.output_nr))

    def _trace_back(self, tensor: Tensor) -> int:
        edge = edge_of(tensor)
        if edge is None:
            return self.add(tensor, Record("constant", "constant", tensor.detach(), None))
        if tensor.is_leaf:
            return self.add(tensor, Record("parameter", "parameter", tensor.detach(), edge))
        name = edge.node.name().removesuffix("Backward").split("::")[-1]
        self.unseen.append(name)
        sources = tuple(dict.fromkeys(self._frontier(edge)))
        record = Record("operation", name, tensor.detach(), edge, sources, lambda names: f"{name}({', '.join(names)})")
        return self.add(tensor, record)

    def _frontier(self, edge: GradientEdge) -> Iterator[int]:
        """The nearest records behind an edge of autograd's graph; leaves without one get theirs."""
        stack, visited = list(edge.node.next_functions), set()
        while stack:
            node, output = stack.pop()
            if node is None or (node, output) in visited:
                continue
            visited.add((node, output))
            if (place := self._edges.get((node, output))) is not None:
                yield place
            elif hasattr(node, "variable"):
                yield self._trace_back(node.variable)  # type: ignore[attr-defined]
            else:
                stack.extend(node.next_functions)


class Recorder(TorchFunctionMode):
    """Writes every call of torch into `recording` while it is entered."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording
        self.calls: list[Call] = []
        self.begun: Call | None = None  # the innermost module call of the latest operation, also of one that fails
        self.counted = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call `func` and write down what came of it."""
        kwargs = dict(kwargs or {})
        given = tensors_in((args, kwargs))
        name = operation_name(func)
        if not given or name in ("grad_fn", "requires_grad", "is_leaf"):
            return func(*args, **kwargs)
        sources = tuple(self.recording.place_of(tensor) for tensor in given)
        versions = [tensor._version for tensor in given]
        if may_change(name, args, kwargs):
            self.recording.keep_apart(given)
        self.begun = self.calls[-1] if self.calls else None
        with Products() as products:
            out = func(*args, **kwargs)
        changed = [tensor for tensor, version in zip(given, versions, strict=True) if tensor._version != version]
        record = partial(
            Record, "operation", name, sources=sources, text=sentence(name, (args, kwargs)), calls=tuple(self.calls)
        )
        adds = products.count or recurrent_products(name, given)
        for tensor in _distinct([*tensors_in(out), *changed]):
            if self.recording.find(tensor) is None:
                self.recording.add(tensor, record(value=tensor.detach(), edge=edge_of(tensor), multiply_adds=adds))
                adds = 0  # of several results the first one bears the cost
        return out

    @contextmanager
    def watching(self, machine: nn.Module) -> Iterator[None]:
        """Keep `calls` while modules call each other; the hooks are gone afterwards."""
        handles = []
        for name, module in machine.named_modules():
            if name and not isinstance(module, torch.jit.ScriptModule):  # which takes no hooks
                enter, leave = partial(self._enter, name), self._leave
                handles.append(module.register_forward_pre_hook(enter))
                handles.append(module.register_forward_hook(leave, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, name: str, module: nn.Module, _: Any) -> None:
        self.counted += 1
        self.calls.append(Call(name, type(module).__name__, self.counted))

    def _leave(self, module: nn.Module, given: Any, out: Any) -> None:
        self.calls.pop()


def edge_of(tensor: Tensor) -> GradientEdge | None:
    """Where a tensor stands in autograd's graph; None where nothing flows back to it."""
    if not tensor.requires_grad or is_wrapped(tensor):
        return None
    return get_gradient_edge(tensor)


def tensors_in(structure: Any) -> list[Tensor]:
    """All tensors of nested lists, tuples and dicts, in order."""
    return [leaf for leaf in pytree.tree_leaves(structure) if isinstance(leaf, Tensor)]


def may_change(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether an operation might work in place. Better once too often than once too seldom: a copy is all it costs."""
    named = name.endswith("_") or name in ("write", "__set__") or "out" in kwargs
    return named or any(value is True for value in (*args, *kwargs.values()))


def _distinct(tensors: Sequence[Tensor]) -> list[Tensor]:
    return list({id(tensor): tensor for tensor in tensors}.values())


def _same(one: GradientEdge | None, other: GradientEdge | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.node is other.node and one.output_nr == other.output_nr
