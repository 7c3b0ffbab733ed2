"""What a step is fed with: rows gathered by index and scaled as each member sees them."""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.learning.plans.forward.scaler import Scaler
from isinglass.learning.plans.plan import Work
from isinglass.learning.rows import CODED, inputs_on
from isinglass.objective.batch import Batch as Batch
from isinglass.tensors import on


class Gather(Scaler):
    """Gathers batches of some members of a work."""

    def __init__(self, work: Work, members: Tensor) -> None:
        super().__init__(work.network, members)
        self.rows, self.objective = work.rows, work.objective
        self.unscaled = work.view.head is not None or work.objective.asks

    def batch(self, index: Tensor) -> Batch:
        """Index int32 `[..., member, batch]` in main memory, negative for padding -> a Batch."""
        padding = index < 0
        padded = bool(padding.any())
        here = (index.clamp(min=0) if padded else index).flatten()
        weighted = padded or self.rows.weighted
        rows, padding = on(here, self.device), on(padding, self.device) if weighted else padding
        raw = self._inputs(here if self.rows.streamed else rows).unflatten(0, index.shape)
        return Batch(
            z=self.scaled(raw),
            target=self.target(rows, index.shape),
            weight=self._weight(rows, padding) if weighted else None,
            padding=padding if padded else None,
            inputs=raw if self.unscaled else None,
        )

    def target(self, rows: Tensor, shape: torch.Size) -> Tensor:
        """Scaled targets `[*shape, out]` of rows in order, and for a censored loss their censoring behind them; masks
        as they are."""
        target = self.rows.targets.index_select(0, rows).unflatten(0, shape)
        if target.dtype is CODED:
            return target
        target = (target.to(self.dtype) - self.target_center).div_(self.target_scale)
        if self.rows.censoring is None or not self.objective.loss.censored:
            return target
        censoring = self.rows.censoring.index_select(0, rows).unflatten(0, shape)
        return torch.cat([target, censoring.to(self.dtype).expand_as(target)], dim=-1)

    def _inputs(self, rows: Tensor) -> Tensor:
        """Unscaled `[row, ...]`; what is read from a disk goes to the device now."""
        inputs = self.rows.inputs
        return inputs_on(inputs.index_select(0, on(rows, inputs.device)), self.device)

    def _weight(self, rows: Tensor, padding: Tensor) -> Tensor:
        weight = self.rows.weights.index_select(0, rows).to(self.dtype).view(padding.shape)
        weight = weight.masked_fill(padding, 0.0)
        total = weight.sum(-1, keepdim=True)
        return torch.where(total > 0, weight / total, 0.0)
