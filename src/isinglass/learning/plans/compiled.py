"""The compiled plan: one thread trains one member through a whole tick, everything in its cache.

Where the stacked plan makes one large product of many members' small ones, this plan makes each small product in
machine code that loses nothing on small sizes (`kernel`), and fuses all that lies between products. It needs the extra
`fast` (numba), and knows the layers, losses and optimizers that `kernel` has rules for.

Members are independent here to the last bit: the same numbers whatever the population, the chunk or the threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.learning.network import Network
from isinglass.learning.parameters.flat_params import layout_of
from isinglass.learning.plans.forward.compiled import CompiledForward, installed
from isinglass.learning.plans.forward.compiled import is_warm as is_warm
from isinglass.learning.plans.plan import ATTACKED, State, Tuning, Work
from isinglass.learning.rows import Rows
from isinglass.learning.view import View
from isinglass.objective.batch import Batch
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import OptimizerRecipe


def warm(*dtypes: torch.dtype) -> None:
    """Compile the kernel for some dtypes (float32 if none is given) and keep it on disk. Nothing without numba."""
    if not installed():
        return
    for dtype in dtypes or (torch.float32,):
        work, state = _smallest(dtype)
        plan = CompiledPlan(work, Tuning())
        plan.advance(state, torch.zeros(1, 1, 1, dtype=torch.int32), torch.zeros(1, 1, dtype=dtype))
        plan.forward(state, work.rows.inputs)


class CompiledPlan(CompiledForward):
    """See `Plan`. Tuning: `threads` members at a time; chunk and precision have no meaning here."""

    def __init__(self, work: Work, tuning: Tuning) -> None:
        from isinglass.learning.plans.kernel.translation import rule_of, table_of

        super().__init__(work.network, tuning)
        self.work = work
        self.table = table_of(work.view, work.rows, self.translation.type)
        self.rule, self.memories = rule_of(work, self.translation)

    @staticmethod
    def supports(work: Work) -> str | None:
        """Why the kernel cannot run the work, or None."""
        if work.feed is not None:
            return "the kernel takes rows by their index"
        if work.adversarial and work.view.spec.flat:
            return ATTACKED
        if work.followed and work.view.spec.flat:
            return "means of the weights, or stages that learn at their own rates"
        if (reason := CompiledForward.obstacle(work.network)) is not None:
            return reason
        from isinglass.learning.plans.kernel.translation import obstacle_to_learning

        return obstacle_to_learning(work)

    def advance(self, state: State, index: Tensor | None, rates: Tensor) -> Tensor:
        """See `Plan.advance`."""
        assert index is not None  # `supports`
        return self._run(state, index, rates, torch.empty(0, 0, dtype=self.work.dtype))

    def gradient(self, state: State, index: Tensor | Batch, player: str | None = None) -> tuple[Tensor, Tensor]:
        """See `Plan.gradient`."""
        assert isinstance(index, Tensor)  # `supports`
        slopes = torch.empty_like(state.theta)
        rates = torch.zeros(1, len(state.members), dtype=self.work.dtype)
        return self._run(state, index[:, None], rates, slopes), slopes

    def _run(self, state: State, index: Tensor, rates: Tensor, slopes: Tensor) -> Tensor:
        from isinglass.learning.plans.kernel.entry_points import advance

        members, stride = len(state.members), self.translation.stride(index.shape[2])
        losses = np.zeros(members)
        network, learners = self.translation.network(state, stride), self.translation.learners(state, self.memories)
        same = index.stride(1) == 0  # full batches: the same rows at every step, which need not be written out
        rows, rate = (index[:, :1] if same else index).contiguous().numpy(), rates.contiguous().numpy()

        def part(start: int, stop: int, room: Any) -> None:
            advance(
                network, self.table, self.rule, learners, room, rows, rate, losses, slopes.numpy(), start, stop,
            )  # fmt: skip

        self.share(members, 1, stride, part)
        return torch.from_numpy(losses)


def _smallest(dtype: torch.dtype) -> tuple[Work, State]:
    """A work of one row and one weight, to compile with."""
    machine = nn.Sequential(nn.Linear(1, 1))
    layout, zeros = layout_of(machine), torch.zeros(1, 1, dtype=dtype)
    view = View(zeros, zeros + 1, torch.zeros(1, dtype=torch.bool), target_center=zeros, target_scale=zeros + 1)
    role = torch.ones(1, 1, dtype=torch.int8)
    rows = Rows(torch.zeros(1, 1), targets=zeros, weights=torch.ones(1, dtype=dtype), role=role)
    network = Network(machine, layout, view, Objective(LOSSES["squared"]), dtype)
    work = Work(network, rows, OptimizerRecipe(kind="sgd"), weight_decay=zeros[0])
    whole = torch.zeros(1, dtype=torch.int64)
    return work, State(torch.zeros(1, layout.size, dtype=dtype), {}, {}, whole.clone(), whole.clone(), whole)
