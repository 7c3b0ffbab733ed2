"""Where each parameter of a machine lies in the flat vector theta."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

NO_WEIGHTS = ("bias", "phase", "frequency")
"""Last names of parameters that may be matrices and yet are no weights."""


@dataclass(frozen=True)
class Slot:
    """One parameter tensor: its dotted name in the machine, its shape and where it starts in theta."""

    name: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """The number of values."""
        return math.prod(self.shape)

    @property
    def end(self) -> int:
        """One past the last value in theta."""
        return self.offset + self.size

    @property
    def is_weight(self) -> bool:
        """Matrices and kernels are weights: penalties act on them. Vectors (biases, norms' gains) are not, nor are an
        embedding's biases, phases and frequencies, one row a feature."""
        return len(self.shape) > 1 and self.name.rsplit(".", 1)[-1] not in NO_WEIGHTS


@dataclass(frozen=True)
class Layout:
    """The order of `machine.named_parameters()` (those that require a gradient), each row-major, no padding.

    `nn.Linear` is its weight `(out, in)`, row after row, then its bias `(out,)`. A parameter that is shared
    appears once, under its first name. Buffers and frozen parameters are not part of theta.
    """

    slots: tuple[Slot, ...]

    @property
    def size(self) -> int:
        """P, the length of theta."""
        return self.slots[-1].end if self.slots else 0

    def views(self, theta: Tensor) -> dict[str, Tensor]:
        """Views of theta `[member, P]` as `{name: [member, *shape]}`: writing to them writes to theta."""
        return {s.name: theta[:, s.offset : s.end].unflatten(1, s.shape or (1,)) for s in self.slots}

    def views_of_one(self, theta: Tensor) -> dict[str, Tensor]:
        """Views of one member's theta `[P]` as `{name: shape}`."""
        return {s.name: theta[s.offset : s.end].view(s.shape) for s in self.slots}


def layout_of(machine: nn.Module) -> Layout:
    """Read a machine's layout."""
    return Layout(tuple(_slots(machine)))


def _slots(machine: nn.Module) -> Iterator[Slot]:
    offset = 0
    for name, parameter in machine.named_parameters():
        if parameter.requires_grad:
            yield Slot(name, tuple(parameter.shape), offset)
            offset += parameter.numel()
