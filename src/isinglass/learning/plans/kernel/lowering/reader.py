"""Walks through an `nn.Module`, a rule a layer type, and writes a `Program`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from isinglass.learning.parameters.flat_params import Layout
from isinglass.learning.plans.kernel import program as op
from isinglass.learning.plans.kernel.program import Rows, Writer
from isinglass.machine import layers


class Unreadable(Exception):  # noqa: N818
    """The machine holds something that the kernel does not know; the message says what."""


Rule = Callable[["Reader", Any, Rows], Rows]
"""A rule writes a layer that reads rows x, and returns the rows of its output."""


@dataclass
class Reader:
    """Walks through a machine, writing as it goes."""

    machine: nn.Module
    layout: Layout
    writer: Writer
    rules: Mapping[type[nn.Module], Rule]

    def __post_init__(self) -> None:
        offsets = {slot.name: slot.offset for slot in self.layout.slots}
        named = self.machine.named_parameters()
        self.offsets = {id(parameter): offsets[name] for name, parameter in named if name in offsets}
        self.names = {id(buffer): name for name, buffer in self.machine.named_buffers()}
        dropouts = layers.dropout_layers(self.machine).values()
        self.dropouts = {id(layer): index for index, layer in enumerate(dropouts)}

    def layer(self, module: nn.Module, x: Rows) -> Rows:
        """Write one layer that reads x; returns the rows of its output."""
        rule = self.rules.get(type(module))
        if rule is None:
            raise Unreadable(f"the kernel has no rule for {type(module).__name__}")
        return rule(self, module, x)

    def place(self, parameter: Any, places: Any) -> None:
        """Say where a parameter's values lie in the arena."""
        offset = self.offsets.get(id(parameter))
        if offset is None or offset in self.writer.places:
            raise Unreadable("the kernel knows neither frozen nor shared parameters")
        self.writer.put(offset, places)


def dense(writer: Writer, x: Rows, y: Rows, weight: int, stride: int, bias: int) -> None:
    """Write y = W x + b, with the rows of W `stride` apart in the arena."""
    writer.transposed = max(writer.transposed, stride)
    writer.emit(op.DENSE, x, y, weight=weight, stride=stride, bias=bias)


def grid(*axes: tuple[int, int]) -> np.ndarray:
    """Offsets of an array with axes (length, step)."""
    total = np.zeros((), dtype=np.int64)
    for length, step in axes:
        total = total[..., None] + step * np.arange(length)
    return total
