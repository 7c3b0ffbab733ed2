"""Outputs that stay within bounds; positivity is the lower bound 0.

With one bound L: y -> L + s softplus((y - L) / s), s the target's spread (mirrored for an upper bound). Softplus and
not exp: far from the bound it is the identity, so the machine's output keeps its meaning and its noise stays additive.
With two bounds, w = U - L and m = (L + U) / 2: y -> L + w sigmoid(4 (y - m) / w), the identity to first order at m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from isinglass.errors import ConstraintError
from isinglass.objective.constraints.constraint import Columns, pick, put


@dataclass(frozen=True)
class Bounds:
    """lower <= y <= upper for some outputs.

    Args:
        indices: the outputs.
        names: of these outputs, for messages.
        lower, upper: in the target's units; None where there is no bound. A value at the bound itself is approached,
            and reached only to round-off.

    Raises:
        ConstraintError: for no bound, or lower >= upper.
    """

    indices: tuple[int, ...]
    names: tuple[str, ...]
    lower: float | None = None
    upper: float | None = None

    needs = ()

    def __post_init__(self) -> None:
        where = f"bounds of {', '.join(self.names)}"
        if self.lower is None and self.upper is None:
            raise ConstraintError("bounds need a lower or an upper value", where=where)
        low, high = self._limits
        if not low < high:
            raise ConstraintError("the lower bound is not below the upper", where=where, given=f"{low} .. {high}")

    def __call__(self, y: Tensor, columns: Columns, scale: Tensor | None = None) -> Tensor:
        """See `Constraint`."""
        part = pick(y, self.indices)
        spread = torch.ones_like(part) if scale is None else pick(scale.to(y.dtype), self.indices)
        return put(y, self.indices, self._inside(self._squashed(part, spread)))

    def residual(self, y: Tensor, columns: Columns) -> Tensor:
        """The distance to the nearer bound where y lies outside, negative below: `[..., batch, len(indices)]`."""
        part = pick(y, self.indices).double()
        return part - self._inside(part)

    def unit(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """See `Constraint`."""
        return pick(scale.double(), self.indices)

    def settle(self, y: Tensor, columns: Columns) -> Tensor:
        """See `Constraint`."""
        return put(y, self.indices, self._inside(pick(y, self.indices)))

    def check(self, targets: Tensor, columns: Columns) -> tuple[str, ...]:
        """Raises ConstraintError where a training target lies outside. See `Constraint`."""
        outside = self.residual(targets, columns)
        for position, name in enumerate(self.names):
            wrong = torch.nonzero(outside[:, position])[:, 0]
            if len(wrong):
                self._refuse(name, targets[:, self.indices[position]], wrong)
        return ()

    def _squashed(self, y: Tensor, spread: Tensor) -> Tensor:
        low, high = self._limits
        if math.isinf(high):
            return low + spread * softplus((y - low) / spread)
        if math.isinf(low):
            return high - spread * softplus((high - y) / spread)
        return low + (high - low) * torch.sigmoid(4 * (y - (low + high) / 2) / (high - low))

    @property
    def _limits(self) -> tuple[float, float]:
        low = -math.inf if self.lower is None else self.lower
        return low, math.inf if self.upper is None else self.upper

    def _inside(self, y: Tensor) -> Tensor:
        return y.clamp(min=self.lower, max=self.upper)

    def _refuse(self, name: str, values: Tensor, wrong: Tensor) -> None:
        low, high = self._limits
        raise ConstraintError(
            f"{len(wrong)} of {len(values)} training targets lie outside the bounds {low:g} .. {high:g}",
            where=f"target '{name}', first in training row {int(wrong[0]) + 1}",
            given=f"{float(values[wrong[0]]):g}",
            instead="wider bounds, or correct the data",
        )


def positive(indices: tuple[int, ...], names: tuple[str, ...]) -> Bounds:
    """y >= 0."""
    return Bounds(indices, names, lower=0.0)
