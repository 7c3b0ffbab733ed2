"""What a machine is made of: layers, output shapes, weights and the formula that gives them, receptive fields."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from isinglass.machine.counting import Field, field_of, formula_of, leaves, multiply_adds_of, size_of

if TYPE_CHECKING:
    from rich.table import Table

LINES = 34
"""Layers that fit a screen, with a heading and a foot."""
HEADINGS = ("layer", "kind", "output", "weights", "size", "sees", "MACs")
"""MACs: multiply-adds of one sample."""


@dataclass(frozen=True)
class LayerSummary:
    """One layer.

    Args:
        name: dotted, in the machine.
        kind: its class.
        input, output: shapes of one sample, without the batch.
        weights: trained numbers.
        formula: how their number comes about, as in `3x3x32x64 + 64 = 18,496`; empty for none.
        size: how the height comes about where it changes, as in `(28 - 2 + 0)/2 + 1 = 14`; else empty.
        field: pixels a side of the input that one output pixel depends on; 0: all of them, or no image.
        multiply_adds: for one sample.
    """

    name: str
    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    weights: int
    formula: str
    size: str
    field: int
    multiply_adds: int


@dataclass(frozen=True)
class Summary:
    """All layers in the order in which they run.

    Args:
        layers: those without parts of their own.
        weights: trained numbers of the whole machine.
        frozen: numbers that are not trained, buffers included.
        multiply_adds: of one sample.
        outputs: shape of one sample after each module that has parts and runs once, by its name.
    """

    layers: tuple[LayerSummary, ...]
    weights: int
    frozen: int
    multiply_adds: int
    outputs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def folded(self, depth: int) -> tuple[LayerSummary, ...]:
        """Neighbours whose names agree in their first `depth` parts as one: its input is that of the first, its output
        that of the last of them."""
        groups = itertools.groupby(self.layers, lambda layer: ".".join(layer.name.split(".")[:depth]))
        parts = ((name, list(layers)) for name, layers in groups)
        return tuple(
            layers[0] if len(layers) == 1 else _joined(name, layers, self.outputs.get(name)) for name, layers in parts
        )

    def shown(self, depth: int | None = None) -> tuple[LayerSummary, ...]:
        """Folded at `depth`; 0: every layer; None: as deep as fits `LINES`."""
        if depth is not None:
            return self.folded(depth) if depth > 0 else self.layers
        deepest = max((layer.name.count(".") + 1 for layer in self.layers), default=1)
        rows = self.layers
        for level in range(deepest, 0, -1):
            if len(rows) <= LINES:
                break
            rows = self.folded(level)
        return rows

    def table(self, *, depth: int | None = None) -> Table:
        """A rich table; for `depth` see `shown`. Columns in which nothing stands are left out."""
        from rich import box
        from rich.table import Table

        rows = [_cells(layer) for layer in self.shown(depth)]
        used = [place for place in range(len(HEADINGS)) if any(row[place] for row in rows)]
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for place in used:
            right, whole = HEADINGS[place] in ("sees", "MACs"), HEADINGS[place] != "kind"
            table.add_column(HEADINGS[place], justify="right" if right else "left", no_wrap=whole)
        for row in rows:
            table.add_row(*(row[place] for place in used))
        return table

    @property
    def total(self) -> str:
        """All weights and all work, in words."""
        return f"{self.weights:,} weights, {self.multiply_adds:,} multiply-adds a sample"

    def __str__(self) -> str:
        rows = [HEADINGS, *map(_cells, self.layers)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*lines, self.total])


def summarize(machine: nn.Module, example: Tensor) -> Summary:
    """Run the machine once without computing and note what passes through each layer.

    Args:
        machine: any module; it is not changed.
        example: an input with its batch, `[batch, feature]` or `[batch, channel, height, width]`; only its shape and
            type count.
    """
    watch = _Watch(machine, torch.empty_like(example, device="meta"))
    state = {n: torch.empty_like(t, device="meta") for n, t in (*machine.named_parameters(), *machine.named_buffers())}
    mode = machine.training
    try:
        with torch.no_grad(), watch.hooked(machine), watch:
            torch.func.functional_call(machine.eval(), state, (watch.start,))
    finally:
        machine.train(mode)
    trained = sum(p.numel() for p in machine.parameters() if p.requires_grad)
    still = sum(p.numel() for p in machine.parameters() if not p.requires_grad)
    return Summary(
        layers=tuple(watch.found),
        weights=trained,
        frozen=still + sum(b.numel() for b in machine.buffers()),
        multiply_adds=sum(layer.multiply_adds for layer in watch.found),
        outputs={name: shapes[0] for name, shapes in watch.outputs.items() if len(shapes) == 1},
    )


class _Watch(TorchFunctionMode):
    """Notes layers as they run; whatever runs between them hands on the largest field of its inputs."""

    def __init__(self, machine: nn.Module, start: Tensor) -> None:
        super().__init__()
        self.start, self.found = start, list[LayerSummary]()
        self.fields: dict[int, Field] = {id(start): (1, 1)}
        self.outputs: dict[str, list[tuple[int, ...]]] = {}
        self.alive: list[object] = [start]  # so that no other tensor gets the id of one that is gone

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        if isinstance(output, Tensor) and output.dim() == 4:
            inputs = (t for a in args for t in (a if isinstance(a, (tuple, list)) else (a,)) if isinstance(t, Tensor))
            fields = [self.fields[id(t)] for t in inputs if id(t) in self.fields]
            self._set(output, max(fields, default=None))
        return output

    def note(self, name: str, layer: nn.Module) -> Callable[..., None]:
        """The hook of one layer; its weights are counted now, for they are replaced by empty ones while it runs."""
        shapes = [tuple(p.shape) for p in layer.parameters() if p.requires_grad]
        weights, formula = sum(math.prod(shape) for shape in shapes), formula_of(layer, shapes)

        def note(layer: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
            field = field_of(layer, given[0], self.fields.get(id(given[0])))
            self._set(output, field)
            self.found.append(
                LayerSummary(
                    name=name,
                    kind=type(layer).__name__,
                    input=tuple(given[0].shape[1:]),
                    output=tuple(output.shape[1:]),
                    weights=weights,
                    formula=formula,
                    size=size_of(layer, given[0], output),
                    field=math.ceil(field[0]) if field else 0,
                    multiply_adds=multiply_adds_of(layer, output),
                )
            )

        return note

    @contextmanager
    def hooked(self, machine: nn.Module) -> Iterator[None]:
        """Every layer and every module with parts is watched."""
        single = dict(leaves(machine))
        hooks = [layer.register_forward_hook(self.note(name, layer)) for name, layer in single.items()]
        modules = ((n, m) for n, m in machine.named_modules() if n and n not in single)
        hooks += [module.register_forward_hook(self.remember(name)) for name, module in modules]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def remember(self, name: str) -> Callable[..., None]:
        """The hook of a module that has parts."""

        def note(module: nn.Module, given: tuple[Tensor, ...], output: object) -> None:
            if isinstance(output, Tensor):
                self.outputs.setdefault(name, []).append(tuple(output.shape[1:]))

        return note

    def _set(self, output: Tensor, field: Field | None) -> None:
        self.alive.append(output)
        if field is None:
            self.fields.pop(id(output), None)
        else:
            self.fields[id(output)] = field


def _joined(name: str, layers: list[LayerSummary], output: tuple[int, ...] | None) -> LayerSummary:
    output = layers[-1].output if output is None else output
    total = sum(layer.weights for layer in layers)
    kinds = [layer for layer in layers if layer.weights]
    return LayerSummary(
        name=name,
        kind=f"{len(layers)} layers",
        input=layers[0].input,
        output=output,
        weights=total,
        formula=f"{total:,}" if kinds else "",
        size="" if layers[0].input[1:] == output[1:] else _arrow(layers[0].input, output),
        field=max(layer.field for layer in layers),
        multiply_adds=sum(layer.multiply_adds for layer in layers),
    )


def _arrow(first: tuple[int, ...], last: tuple[int, ...]) -> str:
    return f"{first[1]} -> {last[1]}" if len(first) == len(last) == 3 else ""


def _cells(layer: LayerSummary) -> tuple[str, ...]:
    return (
        layer.name,
        layer.kind,
        "x".join(map(str, layer.output)),
        layer.formula,
        layer.size,
        f"{layer.field}x{layer.field}" if layer.field else "",
        _brief(layer.multiply_adds),
    )


def _brief(count: int) -> str:
    """`225,792` as it is, from a million on `105.4 M`."""
    return "" if not count else f"{count:,}" if count < 1e6 else f"{count / 1e6:,.1f} M"
