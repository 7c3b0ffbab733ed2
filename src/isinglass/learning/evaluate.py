"""The data loss of members on rows of their own, in evaluation mode, and what early stopping watches there."""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.learning.plans.batching import Gather
from isinglass.learning.plans.plan import Plan, State, Work
from isinglass.objective.batch import Batch

VALUES = 1 << 21
"""Input values a chunk of rows may have: 8 MB in float32."""
PIXELS = 1 << 18
"""The same of images, whose feature maps have many times the values of the image."""


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
    if not work.view.spec.flat:
        each = [_totals(plan, work, state.rows(m, m + 1), index[m : m + 1]) for m in range(len(state.members))]
        total = torch.cat([torch.zeros(3, 0, dtype=torch.float64), *each], dim=1)
    else:
        total = _totals(plan, work, state, index)
    return total[:2] / total[2]


def _totals(plan: Plan, work: Work, state: State, index: Tensor) -> Tensor:
    """Sums over all rows, chunk by chunk: float64 `[3, member]`."""
    total, gather = torch.zeros(3, len(state.members), dtype=torch.float64), Gather(work, state.members)
    values = VALUES if work.view.spec.flat else PIXELS
    for part in index.split(max(1, values // (len(state.members) * work.rows.values)), dim=1):
        total += _sums(plan, gather, state, part)
    return total


def _sums(plan: Plan, gather: Gather, state: State, index: Tensor) -> Tensor:
    """sum(w l), the same of what is watched, and sum(w): `[3, member]`."""
    data, objective = gather.rows, gather.objective
    rows = index.clamp(min=0).flatten()
    inputs = data.inputs.index_select(0, rows).unflatten(0, index.shape)
    target = gather.target(rows, index.shape)
    weight = data.weights.index_select(0, rows).view(index.shape).to(torch.float64) * (index >= 0)
    raw = plan.forward(state, inputs)
    batch = Batch(inputs, target)
    loss = objective.rows(raw, batch, gather.members).to(torch.float64)
    watched = loss
    if objective.loss.watch is not None:
        watched = objective.rows(raw, batch, gather.members, watch=True).to(torch.float64)
    # A row of weight zero has no say, not even when its loss is not finite.
    return torch.stack(
        [*(torch.where(weight > 0, weight * part, 0.0).sum(1) for part in (loss, watched)), weight.sum(1)]
    )


@torch.no_grad()
def unlearnt(work: Work, index: Tensor) -> Tensor:
    """What early stopping watches where all raw outputs are zero, a constant prediction: float64 `[member]`.

    Args:
        work: its loss has a `watch`.
        index: int32 `[member, n]`, -1 is padding; all members of the problem, in order.

    Returns:
        sum(w l) / sum(w) over each member's rows; NaN for a member without rows.
    """
    data, loss, gather = work.rows, work.objective.loss, Gather(work, torch.arange(len(index)))
    assert loss.watch is not None
    rows = index.clamp(min=0).flatten()
    target = gather.target(rows, index.shape)
    weight = data.weights.index_select(0, rows).view(index.shape).to(torch.float64) * (index >= 0)
    raw = target.new_zeros(*index.shape, loss.width(data.targets.shape[1]))
    return (weight * loss.watch(raw, target)).sum(1) / weight.sum(1)
