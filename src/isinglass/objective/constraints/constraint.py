"""What a constraint is: an exact layer after the machine, on outputs in the target's own units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from isinglass.tensors import constant

Columns = Mapping[str, Tensor]
"""Input columns in their own units, by name: each `[..., batch]`."""


class Constraint(Protocol):
    """A law that holds exactly for every output, before training too.

    Attributes:
        indices: the outputs that it changes.
        needs: the input columns that it reads. A missing value (NaN) there makes the outputs NaN.
    """

    @property
    def indices(self) -> tuple[int, ...]:
        """The outputs that it changes."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """The input columns that it reads."""
        ...

    def __call__(self, y: Tensor, columns: Columns, scale: Tensor | None = None) -> Tensor:
        """Outputs that obey the law.

        Args:
            y: `[..., batch, out]`, unscaled.
            columns: the input columns, unscaled.
            scale: the targets' spread, broadcasts with y; 1 if None. What counts as a small change of an output.
        """
        ...

    def residual(self, y: Tensor, columns: Columns) -> Tensor:
        """By how much y breaks the law: `[..., batch, law]`, float64, in the target's units; 0 where it holds."""
        ...

    def unit(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """What counts as a large residual, broadcasts with `residual`: its standard deviation if all outputs strayed
        by `scale`, independently of each other."""
        ...

    def settle(self, y: Tensor, columns: Columns) -> Tensor:
        """Remove the round-off that scaling outputs back and forth has left. Changes nothing else."""
        ...

    def check(self, targets: Tensor, columns: Columns) -> tuple[str, ...]:
        """Hold the law against training targets `[sample, out]`.

        Returns:
            Notes for the user, where the data obey the law only roughly.

        Raises:
            ConstraintError: where no output could ever reach the data, or the law is ill-posed for a sample.
        """
        ...


def put(y: Tensor, indices: tuple[int, ...], part: Tensor) -> Tensor:
    """y `[..., out]` with the outputs of `indices` replaced by part `[..., len(indices)]`."""
    outputs = list(y.unbind(-1))
    for position, index in enumerate(indices):
        outputs[index] = part[..., position].to(y.dtype)
    return stack(outputs)


def stack(parts: list[Tensor]) -> Tensor:
    """Broadcast tensors `[...]` as the last axis of one."""
    return torch.stack(torch.broadcast_tensors(*parts), dim=-1)


def pick(y: Tensor, indices: tuple[int, ...]) -> Tensor:
    """The outputs of `indices`: `[..., out]` -> `[..., len(indices)]`."""
    return y.index_select(-1, constant(indices, torch.int64, y.device))
