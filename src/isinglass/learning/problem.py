"""What the engine is asked to solve, before there is a machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from isinglass.learning.rows import Rows
from isinglass.learning.view import View
from isinglass.objective.objective import Objective
from isinglass.objective.penalties.equation import Equation


@dataclass(frozen=True)
class Problem:
    """Rows to learn from, how each member sees them, and what is asked of its answers.

    Attributes:
        rows: shared by all members.
        view: its `[member, ...]` arrays hold all members, as the rows' `role` does.
        objective: the loss and what comes with it.
        equations: differential equations whose penalties are mixed into the loss in training.
    """

    rows: Rows
    view: View
    objective: Objective
    equations: tuple[Equation, ...] = ()

    def __post_init__(self) -> None:
        inputs, dims = self.rows.inputs, self.view.spec.dims
        if inputs.dim() != 1 + len(dims):
            raise ValueError(f"inputs {tuple(inputs.shape)} are not [sample, {', '.join(dims)}]")

    def take(self, members: Tensor) -> Problem:
        """The same as some of the members see it; `members` is int64 `[member]`."""
        return replace(self, rows=self.rows.take(members), view=self.view.take(members))
