"""How laws and known formulas meet the machine's scaled outputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.expressions import Expression
from isinglass.objective.constraints.columns import value_of
from isinglass.objective.constraints.constraint import Constraint
from isinglass.objective.constraints.linear import Linear
from isinglass.objective.constraints.penalty import Soft
from isinglass.objective.constraints.sum_to_total import refuse_missing
from isinglass.tensors import constant

NAMES = {"SumToTotal": "sum_to_total", "Converted": "linear"}
"""What laws are called in recipes, where it is not the name of their class."""


@dataclass(frozen=True)
class Residual:
    """By how much predictions break one law.

    Args:
        name: of the law.
        formula: of the law.
        values: `[sample]`, in the law's own units; 0 where it holds.
        exact: whether the model enforces it, or only a penalty asks for it.
    """

    name: str
    formula: str
    values: NDArray[np.float64]
    exact: bool


@dataclass(frozen=True)
class Head:
    """The layer after a machine: scaled raw outputs in, scaled raw outputs out.

    First what is known is added (a hybrid machine: y = formula(x) + spread * raw), then the laws are made to hold; soft
    laws add their penalties as further columns.

    Args:
        laws: the constraint.
        features: position of each input column that the laws need among the machine's features.
        outputs: number of targets; the first `outputs` raw outputs are the point prediction (`Loss.located`), the
            others, sigma for instance, pass unchanged.
        known: formulas of input columns, by output.
        soft: laws that are penalties.
        origins: what columns are counted from in the inputs that are given here, where it is not 0.
        zero: [out], what targets are counted from in the centres that are given here; empty: 0.

    Where something is counted from elsewhere than 0, what is computed in the columns' own units is in double precision.
    """

    laws: Constraint
    features: Mapping[str, int]
    outputs: int
    known: Mapping[int, Expression] = field(default_factory=dict)
    soft: Soft = field(default_factory=Soft)
    origins: Mapping[str, float] = field(default_factory=dict)
    zero: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        missing = [name for name in self.needs if name not in self.features]
        if missing:
            raise ConstraintError(
                "a constraint or formula needs an input column that is not a numeric feature",
                where="objective",
                given=missing[0],
                allowed=list(self.features),
            )

    @property
    def needs(self) -> tuple[str, ...]:
        """The input columns that are read."""
        formulas = (name for expression in self.known.values() for name in expression.names)
        return tuple(dict.fromkeys((*self.laws.needs, *self.soft.needs, *formulas)))

    def __call__(self, raw: Tensor, inputs: Tensor, center: Tensor, scale: Tensor) -> Tensor:
        """raw `[..., batch, width]`, unscaled inputs `[..., batch, feature]`, `[..., 1, out]` twice -> as raw, with
        the penalties of soft laws behind."""
        columns, point = self.columns(inputs), raw[..., : self.outputs]
        if self.zero:
            zero = constant(self.zero, torch.float64, center.device)
            point, center, scale = point.double(), center.double() + zero, scale.double()
        y = self._informed(point * scale + center, columns, center)
        y = self.laws(y, columns, scale)
        parts = [((y - center) / scale).to(raw.dtype), raw[..., self.outputs :]]
        if self.soft.items:
            parts.append(self.soft.penalties(y, columns, scale).to(raw.dtype))
        return torch.cat(parts, dim=-1)

    def columns(self, inputs: Tensor) -> dict[str, Tensor]:
        """The columns that are needed, in their own units, from unscaled inputs `[..., batch, feature]`."""
        return {name: self._column(inputs[..., self.features[name]], name) for name in self.needs}

    def _column(self, values: Tensor, name: str) -> Tensor:
        origin = self.origins.get(name, 0.0)
        return values.double() + origin if origin else values

    def check(self, targets: Tensor, inputs: Tensor) -> tuple[str, ...]:
        """Hold laws and formulas against training rows, unscaled. Returns notes; raises ConstraintError."""
        columns = self.columns(inputs.double())
        notes = []
        for place, expression in self.known.items():
            formula = value_of(expression, columns).expand(len(targets))
            refuse_missing(formula[:, None], f"objective.known '{expression.text}'")
            error = float((targets[:, place] - formula).square().mean().sqrt())
            spread = float(targets[:, place].std(correction=0))
            notes.append(
                f"known part '{expression.text}': alone its error is {error:.3g} (root mean square), "
                f"the target's spread {spread:.3g}; the network learns the rest"
            )
        return (*notes, *self.laws.check(targets, columns), *self.soft.check(targets, columns))

    def residuals(self, y: Tensor, inputs: Tensor) -> tuple[Residual, ...]:
        """Every law's residual for every prediction: y `[sample, out]`, inputs `[sample, feature]`, unscaled."""
        columns = self.columns(inputs.double())
        exact = [(item, True) for item in getattr(self.laws, "items", (self.laws,))]
        found: list[Residual] = []
        for item, holds in [*exact, *((item, False) for item in self.soft.items)]:
            values = item.residual(y, columns).expand(len(y), -1).numpy()
            words = zip(_words(item, values.shape[-1]), values.T, strict=True)
            for (kind, formula), column in words:
                found.append(Residual(_name(kind, [law.name for law in found]), formula, column, holds))
        return tuple(found)

    def _informed(self, y: Tensor, columns: Mapping[str, Tensor], center: Tensor) -> Tensor:
        """y with the mean of the target replaced by what is known of it."""
        if not self.known:
            return y
        parts = list(y.unbind(-1))
        for place, expression in self.known.items():
            parts[place] = parts[place] - center[..., place] + value_of(expression, columns).to(y.dtype)
        return torch.stack(torch.broadcast_tensors(*parts), dim=-1)


def _words(item: Constraint, count: int) -> list[tuple[str, str]]:
    """What each row of a law is called, and its formula."""
    kind, names = NAMES.get(type(item).__name__, type(item).__name__.lower()), getattr(item, "names", ())
    if kind == "bounds":
        return [(f"bounds of {name}", _between(item, name)) for name in names]
    together = " + ".join(names)
    total = getattr(item, "total", None)
    if isinstance(item, Linear):
        return [(f"{kind} law", _equation(item, row)) for row in range(count)]
    formula = f"{together} = {total}" if total is not None else f"A y = b for {', '.join(names)}"
    return [(f"{kind} law", formula)] * count


def _name(kind: str, taken: list[str]) -> str:
    """`linear law 1`, `linear law 2`, ...; `bounds of rain`, and `bounds of rain 2` where that is taken."""
    first = f"{kind} 1" if kind.endswith(" law") else kind
    names = (first, *(f"{kind} {number}" for number in range(2, len(taken) + 2)))
    return next(name for name in names if name not in taken)


def _equation(item: Linear, row: int) -> str:
    """`w1 dq1 + 2 dq2 + rain = evaporation`."""
    parts = [_times(entry, name) for entry, name in zip(item.matrix[row], item.names, strict=True) if entry != 0]
    right = item.right_side[row]
    if isinstance(right, Mapping):
        return f"{' + '.join(parts)} = {' + '.join(_times(factor, name) for name, factor in right.items())}"
    return f"{' + '.join(parts)} = {right if isinstance(right, str) else f'{right:g}'}"


def _times(factor: float | str, name: str) -> str:
    if isinstance(factor, str):
        return f"({factor}) {name}" if " " in factor else f"{factor} {name}"
    return name if factor == 1 else f"{factor:g} {name}"


def _between(item: Constraint, name: str) -> str:
    low, high = getattr(item, "lower", None), getattr(item, "upper", None)
    return f"{'' if low is None else f'{low:g} <= '}{name}{'' if high is None else f' <= {high:g}'}"
