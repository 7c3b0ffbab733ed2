"""Outputs that are the parts of a total.

With k parts and the total T of the sample: y_i -> T softmax(k y / |T|)_i. The factor k / |T| makes it the identity to
first order where all parts are equal and already sum to T, whatever the units. All parts have the sign of T, so for
T >= 0 positivity comes with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.objective.constraints.constraint import Columns, pick, put

ROUGHLY = 1e-3
"""Relative difference from which training data are said to break a law."""


@dataclass(frozen=True)
class SumToTotal:
    """sum of some outputs = total.

    Args:
        indices: the outputs.
        names: of these outputs, for messages.
        total: a number, or the name of the input column that holds each sample's total.

    Raises:
        ConstraintError: for fewer than two outputs.
    """

    indices: tuple[int, ...]
    names: tuple[str, ...]
    total: float | str

    def __post_init__(self) -> None:
        if len(self.indices) < 2:
            raise ConstraintError("a sum has two parts or more", where="sum_to_total", given=list(self.names))

    @property
    def needs(self) -> tuple[str, ...]:
        """See `Constraint`."""
        return (self.total,) if isinstance(self.total, str) else ()

    def __call__(self, y: Tensor, columns: Columns, scale: Tensor | None = None) -> Tensor:
        """See `Constraint`."""
        part, total = pick(y, self.indices), self._total(y, columns)
        size = torch.where(total == 0, 1, total.abs())
        share = (len(self.indices) * part / size).softmax(-1)
        return put(y, self.indices, total * share)

    def residual(self, y: Tensor, columns: Columns) -> Tensor:
        """The sum minus the total: `[..., batch, 1]`."""
        y = y.double()
        return pick(y, self.indices).sum(-1, keepdim=True) - self._total(y, columns)

    def unit(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """See `Constraint`."""
        return pick(scale.double(), self.indices).square().sum(-1, keepdim=True).sqrt()

    def settle(self, y: Tensor, columns: Columns) -> Tensor:
        """See `Constraint`."""
        part = pick(y, self.indices).double()
        found = part.sum(-1, keepdim=True)
        settled = part * (self._total(part, columns) / torch.where(found == 0, 1, found))
        return put(y, self.indices, torch.where(found == 0, part, settled))

    def check(self, targets: Tensor, columns: Columns) -> tuple[str, ...]:
        """Raises ConstraintError where a part has not the sign of its total. See `Constraint`."""
        total = self._total(targets, columns)
        refuse_missing(total, "sum_to_total")
        wrong = torch.nonzero((pick(targets, self.indices) * total < 0).any(-1))[:, 0]
        if len(wrong):
            raise ConstraintError(
                f"{len(wrong)} of {len(targets)} training rows have a part whose sign is not its total's",
                where=f"sum_to_total, first in training row {int(wrong[0]) + 1}",
                instead="kind = 'linear' with a row of ones: its parts may have any sign",
            )
        return roughly("sum_to_total", self.residual(targets, columns), total)

    def _total(self, y: Tensor, columns: Columns) -> Tensor:
        if isinstance(self.total, str):
            return columns[self.total].unsqueeze(-1).to(y.dtype)
        return y.new_full((1,), self.total)


def refuse_missing(values: Tensor, law: str) -> None:
    """Raise ConstraintError where a value `[sample, ...]` that a law needs is missing."""
    missing = torch.nonzero(~torch.isfinite(values).flatten(1).all(-1) if values.dim() > 1 else values.isnan())
    if len(missing):
        raise ConstraintError(
            f"{len(missing)} training rows lack a value that the law needs",
            where=f"{law}, first in training row {int(missing[0, 0]) + 1}",
            instead="leave these rows out, or fill the input column",
        )


def roughly(law: str, residual: Tensor, size: Tensor) -> tuple[str, ...]:
    """A note where training data break a law by more than a thousandth of their size."""
    typical = residual.square().mean().sqrt()
    size = size.double().square().mean().sqrt().clamp(min=torch.finfo(torch.float64).tiny)
    if typical <= ROUGHLY * size:
        return ()
    return (f"{law}: the training data break it by {float(typical):.3g} (root mean square); the model obeys it",)
