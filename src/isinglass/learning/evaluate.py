"""The data loss of members on rows of their own, in evaluation mode, and what early stopping watches there."""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.learning.plans.gather import Gather
from isinglass.learning.plans.plan import Plan, State, Work

VALUES = 1 << 21
"""Input values a chunk of rows may have: 8 MB in float32."""


def data_loss(plan: Plan, work: Work, state: State, index: Tensor) -> Tensor:
    """sum(w l) / sum(w) over each member's rows; see `losses`."""
    return losses(plan, work, state, index)[0]


@torch.no_grad()
def losses(plan: Plan, work: Work, state: State, index: Tensor) -> Tensor:
    """sum(w l) / sum(w) over each member's rows, for the loss l and for what early stopping watches.

    Args:
        plan: runs the machine.
        work: what is learnt.
        state: the members.
        index: int32 `[member, n]`, -1 is padding.

    Returns:
        float64 `[2, member]`: the loss, what is watched (the same where the loss has no `watch`); NaN for a member
        without rows.
    """
    total = torch.zeros(3, len(state.members), dtype=torch.float64)
    rows = max(1, VALUES // (len(state.members) * work.problem.inputs.shape[1]))
    gather = Gather(work, state.members)
    for part in index.split(rows, dim=1):
        total += _sums(plan, gather, state, part)
    return total[:2] / total[2]


def _sums(plan: Plan, gather: Gather, state: State, index: Tensor) -> Tensor:
    """sum(w l), the same of what is watched, and sum(w): `[3, member]`."""
    problem = gather.problem
    rows = index.clamp(min=0).flatten()
    inputs = problem.inputs.index_select(0, rows).unflatten(0, index.shape)
    target = problem.targets.index_select(0, rows).to(gather.dtype).unflatten(0, index.shape)
    target = (target - gather.target_center) / gather.target_scale
    weight = problem.weights.index_select(0, rows).view(index.shape).to(torch.float64) * (index >= 0)
    raw = plan.forward(state, inputs)
    loss = problem.loss.function(raw, target).to(torch.float64)
    watched = loss if problem.loss.watch is None else problem.loss.watch(raw, target).to(torch.float64)
    # A row of weight zero has no say, not even when its loss is not finite.
    return torch.stack(
        [*(torch.where(weight > 0, weight * part, 0.0).sum(1) for part in (loss, watched)), weight.sum(1)]
    )
