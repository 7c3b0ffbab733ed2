"""Linear conservation laws A y = b(x), exactly.

Projection: the nearest outputs that obey, with distances in units of the targets' spread s (1 where none is given)::

    y - S A^T (A S A^T)^-1 (A y - b),     S = diag(s^2)

Residual form (ACnet): as many outputs as there are laws are solved for from all others::

    y_R = A_R^-1 (b - A_D y_D)

The machine's own values of the outputs R are then not used. Both solve in float64 and cast back; coefficients may
differ from sample to sample.

Reference: Beucler et al. (2021), Enforcing analytic constraints in neural networks emulating physical systems,
doi:10.1103/PhysRevLett.126.098302.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.objective.constraints.columns import column_of, names_of
from isinglass.objective.constraints.constraint import Columns, pick, put
from isinglass.objective.constraints.projection import apply, project, solve, stacked
from isinglass.objective.constraints.sum_to_total import refuse_missing, roughly
from isinglass.tensors import constant

Entry = float | str
Right = float | str | Mapping[str, float]

HERE = torch.device("cpu")
SINGULAR = 1e-10
"""A law counts as dependent on the others below this ratio of the smallest to the largest singular value of A."""


@dataclass(frozen=True)
class Linear:
    """A y = b for some outputs y.

    Args:
        indices: the outputs.
        names: of these outputs, for messages.
        matrix: A, `[law][output]`: numbers, or names of input columns, or formulas of them (see `columns.py`), for
            coefficients that differ by sample.
        right_side: b, `[law]`: a number, an input column, a formula, or a sum of these as {column: factor}.
        form: which outputs give way.
        solve_for: residual form: positions within `indices` that are solved for, one a law; empty: those for which
            A_R is best conditioned (with constant A only).

    Raises:
        ConstraintError: for shapes that do not fit, or laws that depend on each other.
    """

    indices: tuple[int, ...]
    names: tuple[str, ...]
    matrix: tuple[tuple[Entry, ...], ...]
    right_side: tuple[Right, ...]
    form: Literal["projection", "residual"] = "projection"
    solve_for: tuple[int, ...] = ()
    _solved: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        _check_shapes(self)
        if self._constant:
            _check_rank(self._coefficients({})[0], self.names, "constraint 'linear'")
        if self.form == "residual":
            object.__setattr__(self, "_solved", self.solve_for or self._best())
            if self._constant:
                solved = self._coefficients({})[0][:, list(self._solved)]
                _check_rank(solved, tuple(self.names[i] for i in self._solved), "constraint 'linear', solve_for")

    @property
    def needs(self) -> tuple[str, ...]:
        """See `Constraint`."""
        entries = [entry for row in self.matrix for entry in row if isinstance(entry, str)]
        for side in self.right_side:
            entries += [side] if isinstance(side, str) else list(side) if isinstance(side, Mapping) else []
        return tuple(dict.fromkeys(name for entry in entries for name in names_of(entry)))

    def __call__(self, y: Tensor, columns: Columns, scale: Tensor | None = None) -> Tensor:
        """See `Constraint`."""
        part = pick(y, self.indices).double()
        A, b = self._coefficients(columns, y.device), self._right(columns, y.device)
        if self.form == "residual":
            return put(y, self.indices, self._residual_form(part, A, b))
        weight = torch.ones_like(part[..., :1, :]) if scale is None else pick(scale.double(), self.indices).square()
        return put(y, self.indices, project(part, A, b, weight))

    def residual(self, y: Tensor, columns: Columns) -> Tensor:
        """A y - b: `[..., batch, law]`."""
        A, b = self._coefficients(columns, y.device), self._right(columns, y.device)
        return apply(A, pick(y, self.indices).double()) - b

    def unit(self, y: Tensor, columns: Columns, scale: Tensor) -> Tensor:
        """See `Constraint`."""
        A = self._coefficients(columns, y.device)
        return apply(A.square(), pick(scale.double(), self.indices).square()).sqrt()

    def settle(self, y: Tensor, columns: Columns) -> Tensor:
        """See `Constraint`: both forms leave an output that obeys as it is."""
        return self(y, columns)

    def check(self, targets: Tensor, columns: Columns) -> tuple[str, ...]:
        """Raises ConstraintError where A or b is missing, or A singular, for a training row. See `Constraint`."""
        A, b = self._coefficients(columns), self._right(columns)
        refuse_missing(b.expand(len(targets), -1), "linear")
        if not self._constant:
            refuse_missing(A, "linear")
            self._check_samples(A)
        size = apply(A.abs(), pick(targets, self.indices).double().abs())
        return roughly("linear", self.residual(targets, columns), size)

    @property
    def _constant(self) -> bool:
        return not any(isinstance(entry, str) for row in self.matrix for entry in row)

    def _coefficients(self, columns: Columns, device: torch.device = HERE) -> Tensor:
        """A, float64 `[1, law, output]`, or `[..., batch, law, output]` where it differs by sample."""
        if self._constant:
            return constant(self.matrix, torch.float64, device)[None]
        rows = [stacked([_entry(entry, columns, device) for entry in row], -1) for row in self.matrix]
        return stacked(rows, -2)

    def _right(self, columns: Columns, device: torch.device = HERE) -> Tensor:
        """b, float64 `[1, law]` or `[..., batch, law]`."""
        return stacked([_side(side, columns, device) for side in self.right_side], -1)

    def _residual_form(self, y: Tensor, A: Tensor, b: Tensor) -> Tensor:
        solved = list(self._solved)
        direct = torch.zeros_like(y)
        kept = [i for i in range(len(self.indices)) if i not in solved]
        direct = put(direct, tuple(kept), pick(y, tuple(kept))) if kept else direct
        found = solve(A.index_select(-1, constant(self._solved, torch.int64, A.device)), b - apply(A, direct))
        return put(direct, tuple(solved), found)

    def _best(self) -> tuple[int, ...]:
        """Columns of A by Gram-Schmidt with pivoting: the largest remainder first."""
        if not self._constant:
            raise ConstraintError(
                "coefficients that differ by sample leave the choice to you", where="constraint 'linear', solve_for",
                instead=f"{len(self.matrix)} of the targets: {', '.join(self.names)}",
            )  # fmt: skip
        rest, chosen = self._coefficients({})[0].clone(), []
        for _ in self.matrix:
            best = int(rest.square().sum(0).argmax())
            unit = rest[:, best] / rest[:, best].norm()
            rest = rest - unit[:, None] * (unit @ rest)
            chosen.append(best)
        return tuple(sorted(chosen))

    def _check_samples(self, A: Tensor) -> None:
        used = A[..., list(self._solved)] if self.form == "residual" else A
        values = torch.linalg.svdvals(used)
        wrong = torch.nonzero(values[:, -1] <= SINGULAR * values[:, 0])[:, 0]
        if len(wrong):
            raise ConstraintError(
                f"the laws depend on each other in {len(wrong)} training rows",
                where=f"constraint 'linear', first in training row {int(wrong[0]) + 1}",
                instead="laws whose coefficients cannot vanish together, or another solve_for",
            )


def _entry(entry: Entry, columns: Columns, device: torch.device) -> Tensor:
    return column_of(entry, columns) if isinstance(entry, str) else constant((entry,), torch.float64, device)


def _side(side: Right, columns: Columns, device: torch.device) -> Tensor:
    if isinstance(side, Mapping):
        return torch.stack([factor * column_of(name, columns) for name, factor in side.items()]).sum(0)
    return _entry(side, columns, device)


def _check_shapes(law: Linear) -> None:
    where = "constraint 'linear'"
    if not law.matrix or any(len(row) != len(law.indices) for row in law.matrix):
        raise ConstraintError(
            "each row of the matrix has one coefficient for each target",
            where=where,
            given=[len(row) for row in law.matrix],
            allowed=f"{len(law.indices)} for {', '.join(law.names)}",
        )
    if len(law.right_side) != len(law.matrix):
        raise ConstraintError(
            "the right side has one value for each row of the matrix",
            where=where,
            given=len(law.right_side),
            allowed=str(len(law.matrix)),
        )
    if law.solve_for and len(set(law.solve_for)) != len(law.matrix):
        raise ConstraintError(
            "one target is solved for in each law",
            where=f"{where}, solve_for",
            given=[law.names[i] for i in law.solve_for],
            allowed=f"{len(law.matrix)} different targets",
        )


def _check_rank(matrix: Tensor, names: tuple[str, ...], where: str) -> None:
    values = torch.linalg.svdvals(matrix)
    if matrix.shape[0] > matrix.shape[1] or values[-1] <= SINGULAR * values[0]:
        raise ConstraintError(
            f"the {matrix.shape[0]} laws for {', '.join(names)} are singular: they depend on each other or "
            "leave the outputs undetermined",
            where=where,
            given=matrix.tolist(),
            instead="one independent row for each law, and no more laws than targets",
        )
