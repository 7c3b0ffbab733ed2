"""What the engine is asked to solve, before there is a machine."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from isinglass.learning.plans.plan import Feed
from isinglass.learning.rows import Rows
from isinglass.learning.view import View
from isinglass.objective.objective import Objective


@dataclass(frozen=True)
class Problem:
    """Rows to learn from, how each member sees them, and what is asked of its answers.

    Attributes:
        rows: shared by all members.
        view: its `[member, ...]` arrays hold all members, as the rows' `role` does.
        objective: the loss and what comes with it.
        feed: where batches come from, if not from the rows by their index.
    """

    rows: Rows
    view: View
    objective: Objective
    feed: Feed | None = None

    def __post_init__(self) -> None:
        inputs, dims = self.rows.inputs, self.view.spec.dims
        if inputs.dim() != 1 + len(dims):
            raise ValueError(f"inputs {tuple(inputs.shape)} are not [sample, {', '.join(dims)}]")

    def take(self, members: Tensor) -> Problem:
        """The same as some of the members see it; `members` is int64 `[member]`."""
        rows, view, objective = (part.take(members) for part in (self.rows, self.view, self.objective))
        return replace(self, rows=rows, view=view, objective=objective)
