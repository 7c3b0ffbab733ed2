"""All constraints of a study together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import combinations

import torch
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.objective.constraints.bounds import Bounds
from isinglass.objective.constraints.constraint import Columns, Constraint
from isinglass.objective.constraints.sum_to_total import SumToTotal


@dataclass(frozen=True)
class Laws:
    """Several constraints, all exact at once; itself a `Constraint`.

    Two of them may act on the same output only where both can be exact: positivity with `sum_to_total`, whose parts
    are positive already.

    Raises:
        ConstraintError: where two constraints would undo each other.
    """

    items: tuple[Constraint, ...]
    _applied: tuple[Constraint, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        for first, second in combinations(self.items, 2):
            if set(first.indices) & set(second.indices) and not (_implied(first, second) or _implied(second, first)):
                raise ConstraintError(
                    f"{_kind(first)} and {_kind(second)} on the same target cannot both be exact",
                    where="objective.constraints",
                    given=", ".join(_shared(first, second)) or None,
                    instead="one 'linear' with a row for each law, one 'bounds' with both values, or other targets",
                )
        parts = {i for item in self.items if isinstance(item, SumToTotal) for i in item.indices}
        left = (_without(item, parts) if isinstance(item, Bounds) else item for item in self.items)
        object.__setattr__(self, "_applied", tuple(item for item in left if item.indices))

    @property
    def indices(self) -> tuple[int, ...]:
        """See `Constraint`."""
        return tuple(sorted({i for item in self.items for i in item.indices}))

    @property
    def needs(self) -> tuple[str, ...]:
        """See `Constraint`."""
        return tuple(dict.fromkeys(name for item in self.items for name in item.needs))

    def __call__(self, y: Tensor, columns: Columns, scale: Tensor | None = None) -> Tensor:
        """See `Constraint`."""
        for item in self._applied:
            y = item(y, columns, scale)
        return y

    def residual(self, y: Tensor, columns: Columns) -> Tensor:
        """The residuals of all constraints, in their order: `[..., batch, law]`."""
        return torch.cat([y.new_zeros(*y.shape[:-1], 0), *(item.residual(y, columns) for item in self.items)], dim=-1)

    def unit(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """See `Constraint`."""
        shape = y.shape[:-1]
        units = [item.unit(y, columns, scale) for item in self.items]
        return torch.cat([unit.expand(*shape, unit.shape[-1]) for unit in units], dim=-1)

    def settle(self, y: Tensor, columns: Columns) -> Tensor:
        """See `Constraint`."""
        for item in self._applied:
            y = item.settle(y, columns)
        return y

    def limits(self) -> dict[int, tuple[float, float]]:
        """What bounds allow, by output: lowest and highest value. A part of a total is not negative."""
        parts = (item for item in self.items if isinstance(item, SumToTotal))
        found = {index: (0.0, math.inf) for item in parts for index in item.indices}
        for item in self.items:
            if isinstance(item, Bounds):
                low = -math.inf if item.lower is None else item.lower
                high = math.inf if item.upper is None else item.upper
                found |= {index: (low, high) for index in item.indices}
        return found

    def check(self, targets: Tensor, columns: Columns) -> tuple[str, ...]:
        """See `Constraint`."""
        return tuple(note for item in self.items for note in item.check(targets, columns))


def _implied(first: Constraint, second: Constraint) -> bool:
    """Whether `first` is positivity and `second` a sum, whose parts are positive anyway."""
    positive = isinstance(first, Bounds) and first.lower == 0 and first.upper is None
    return positive and isinstance(second, SumToTotal)


def _without(item: Bounds, parts: set[int]) -> Bounds:
    kept = [position for position, index in enumerate(item.indices) if index not in parts]
    return replace(item, indices=tuple(item.indices[p] for p in kept), names=tuple(item.names[p] for p in kept))


def _shared(first: Constraint, second: Constraint) -> list[str]:
    """The targets of both, by name, where the law knows their names."""
    names = dict(zip(first.indices, getattr(first, "names", ()), strict=False))
    return [names[index] for index in first.indices if index in second.indices and index in names]


def _kind(item: Constraint) -> str:
    if isinstance(item, Bounds) and item.lower == 0 and item.upper is None:
        return "positive"
    return {"Bounds": "bounds", "SumToTotal": "sum_to_total", "Linear": "linear", "Converted": "linear"}.get(
        type(item).__name__, "a law"
    )
