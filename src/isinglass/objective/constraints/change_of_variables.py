"""Laws that are linear in other quantities than the outputs: conversions before, and back after (ACnet_NL).

::

    y --convert--> u --A u = b, exactly--> u' --back--> y'

Conversions are formulas of input columns and of targets: relative humidity becomes specific humidity with a saturation
pressure, say, in which the temperature is a target too. `back` is given for the same targets; in it a target's own name
stands for the converted quantity, the other names for what the other targets have become in the end. Targets without a
conversion are ready first, then those of `back` in its order.

Reference: Beucler et al. (2021), doi:10.1103/PhysRevLett.126.098302, section on nonlinear constraints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.expressions import Expression
from isinglass.objective.constraints.columns import formula, value_of
from isinglass.objective.constraints.constraint import Columns, put
from isinglass.objective.constraints.linear import Linear
from isinglass.tensors import constant

ALIKE = 1e-6
"""Relative difference up to which `back` undoes `convert`."""
STEP = 1e-4
"""Part of an output's spread by which it is moved to see how the converted quantity moves."""


@dataclass(frozen=True)
class Converted:
    """A linear law of converted outputs.

    Args:
        law: about the converted quantities.
        targets: the names of all targets of the study.
        convert, back: formulas by target.

    Raises:
        ConstraintError: for a formula that cannot be read, targets that are not the law's, or that differ between both.
    """

    law: Linear
    targets: tuple[str, ...]
    convert: Mapping[str, str]
    back: Mapping[str, str]

    def __post_init__(self) -> None:
        where = "objective.constraints.convert"
        for name in (*self.convert, *self.back):
            if name not in self.law.names:
                raise ConstraintError("not a target of this law", where=where, given=name, allowed=self.law.names)
        if self.convert.keys() != self.back.keys():
            raise ConstraintError(
                "each conversion needs the formula that undoes it",
                where=where,
                given=f"convert: {', '.join(self.convert)}; back: {', '.join(self.back) or 'nothing'}",
                instead="the same targets in both",
            )
        self._formulas()

    @property
    def indices(self) -> tuple[int, ...]:
        """See `Constraint`."""
        return self.law.indices

    @property
    def names(self) -> tuple[str, ...]:
        """Of these outputs."""
        return self.law.names

    @property
    def needs(self) -> tuple[str, ...]:
        """See `Constraint`."""
        used = (name for expression in self._formulas() for name in expression.names)
        return tuple(dict.fromkeys((*self.law.needs, *(name for name in used if name not in self.targets))))

    def __call__(self, y: Tensor, columns: Columns, scale: Tensor | None = None) -> Tensor:
        """See `Constraint`."""
        exact = y.double()
        spread = None if scale is None else self._spread(exact, columns, scale.double())
        return self._restored(self.law(self._converted(exact, columns), columns, spread), exact, columns).to(y.dtype)

    def residual(self, y: Tensor, columns: Columns) -> Tensor:
        """See `Constraint`: in the units of the converted quantities."""
        return self.law.residual(self._converted(y.double(), columns), columns)

    def unit(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """See `Constraint`."""
        exact = y.double()
        return self.law.unit(exact, columns, self._spread(exact, columns, scale.double()))

    def settle(self, y: Tensor, columns: Columns) -> Tensor:
        """See `Constraint`."""
        return self(y, columns)

    def check(self, targets: Tensor, columns: Columns) -> tuple[str, ...]:
        """Raises ConstraintError where `back` does not undo `convert` for a training row. See `Constraint`."""
        y = targets.double()
        there = self._converted(y, columns)
        again = self._restored(there, y, columns)
        wrong = torch.nonzero(~((again - y).abs() <= ALIKE * (1e-12 + y.abs().mean(0))).all(-1))[:, 0]
        if len(wrong):
            row = int(wrong[0])
            column = int((again[row] - y[row]).abs().nan_to_num(torch.inf).argmax())
            raise ConstraintError(
                f"what `convert` does to {len(wrong)} training rows, `back` does not undo",
                where=f"target '{self.targets[column]}', first in training row {row + 1}",
                given=f"{float(y[row, column]):g} becomes {float(there[row, column]):g} and then "
                f"{float(again[row, column]):g}",
                instead="formulas that undo each other and have a value for every row",
            )
        return self.law.check(there, columns)

    def _formulas(self) -> tuple[Expression, ...]:
        texts = (*self.convert.values(), *self.back.values())
        return tuple(formula(text, "objective.constraints.convert") for text in texts)

    def _converted(self, y: Tensor, columns: Columns) -> Tensor:
        known = {**columns, **dict(zip(self.targets, y.unbind(-1), strict=True))}
        return self._with(y, {name: value_of(formula(text), known) for name, text in self.convert.items()})

    def _restored(self, u: Tensor, y: Tensor, columns: Columns) -> Tensor:
        known = {**columns, **dict(zip(self.targets, u.unbind(-1), strict=True))}
        found: dict[str, Tensor] = {}
        for name, text in self.back.items():
            found[name] = value_of(formula(text), {**known, **found, name: known[name]})
        return self._with(u, found)

    def _with(self, y: Tensor, parts: Mapping[str, Tensor]) -> Tensor:
        places = tuple(self.targets.index(name) for name in parts)
        return put(y, places, torch.stack([part.expand(y.shape[:-1]) for part in parts.values()], dim=-1))

    def _spread(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """How far each converted quantity moves with its own output: `[..., batch, out]`."""
        move, parts = STEP * scale, []
        for place in range(len(self.targets)):
            one = constant(tuple(float(at == place) for at in range(len(self.targets))), y.dtype, y.device)
            up, down = (self._converted(y + sign * move * one, columns)[..., place] for sign in (1, -1))
            parts.append((up - down).abs() / (2 * STEP))
        return torch.stack(parts, dim=-1)
