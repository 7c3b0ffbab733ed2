"""What a step is fed with: rows gathered by index and scaled as each member sees them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.learning.plans.plan import Work
from isinglass.learning.problem import CODED, inputs_on, scaled
from isinglass.tensors import on


@dataclass(frozen=True)
class Batch:
    """Rows as members see them; the leading axes `...` are `step, member` or `member`.

    Attributes:
        z: `[..., batch, feature]`, scaled inputs, or `[..., batch, channel, height, width]`.
        target: `[..., batch, out]`, scaled targets, or masks as they are.
        weight: `[..., batch]`, summing to 1 (or all 0), or None: all equal.
        padding: bool `[..., batch]`, True where the row is padding, or None: no padding.
        inputs: `[..., batch, feature]`, unscaled, where the problem has a head or equations; else None.
        other, share: `[..., batch, out]` and `[..., batch]`: targets that are mixed in, and how much; or None.
    """

    z: Tensor
    target: Tensor
    weight: Tensor | None
    padding: Tensor | None
    inputs: Tensor | None
    other: Tensor | None = None
    share: Tensor | None = None

    def step(self, k: int) -> Batch:
        """The k-th step of a batch with a step axis."""
        pick = [None if part is None else part[k] for part in (self.weight, self.padding, self.inputs)]
        return Batch(self.z[k], self.target[k], *pick)


class Gather:
    """Gathers batches of some members of a work."""

    def __init__(self, work: Work, members: Tensor) -> None:
        problem = work.problem
        self.problem, self.dtype = problem, work.dtype
        along = problem.spec.along
        self.center = problem.center[members].to(work.dtype)[:, None][along]
        self.scale = problem.scale[members].to(work.dtype)[:, None][along]
        self.clip = problem.squeezed if isinstance(problem.squeezed, bool) else problem.squeezed[along]
        self.target_center = problem.target_center[members].to(work.dtype)[:, None]
        self.target_scale = problem.target_scale[members].to(work.dtype)[:, None]
        self.weighted = problem.weighted
        self.device = self.center.device

    def batch(self, index: Tensor) -> Batch:
        """Index int32 `[..., member, batch]` in main memory, negative for padding -> a Batch."""
        padding = index < 0
        padded = bool(padding.any())
        here = (index.clamp(min=0) if padded else index).flatten()
        rows, padding = on(here, self.device), on(padding, self.device) if padded or self.weighted else padding
        raw = self._inputs(here if self.problem.streamed else rows).unflatten(0, index.shape)
        return Batch(
            z=self.scaled(raw),
            target=self.target(rows, index.shape),
            weight=self._weight(rows, padding) if padded or self.weighted else None,
            padding=padding if padded else None,
            inputs=raw if self.problem.head or self.problem.equations else None,
        )

    def scaled(self, inputs: Tensor) -> Tensor:
        """Unscaled `[sample, feature]` or `[member, sample, feature]` -> z `[member, sample, feature]`."""
        return scaled(inputs, self.center, self.scale, self.clip)

    def target(self, rows: Tensor, shape: torch.Size) -> Tensor:
        """Scaled targets `[*shape, out]` of rows in order, and for a censored loss their censoring behind them; masks
        as they are."""
        target = self.problem.targets.index_select(0, rows).unflatten(0, shape)
        if target.dtype is CODED:
            return target
        target = (target.to(self.dtype) - self.target_center).div_(self.target_scale)
        if self.problem.censoring is None or not self.problem.loss.censored:
            return target
        censoring = self.problem.censoring.index_select(0, rows).unflatten(0, shape)
        return torch.cat([target, censoring.to(self.dtype).expand_as(target)], dim=-1)

    def head(self, raw: Tensor, inputs: Tensor | None) -> Tensor:
        """The problem's exact law, if it has one, applied to raw `[member, batch, width]`."""
        if self.problem.head is None or inputs is None:
            return raw
        return self.problem.head(raw, inputs.to(self.dtype), self.target_center, self.target_scale)

    def _inputs(self, rows: Tensor) -> Tensor:
        """Unscaled `[row, ...]`; what is read from a disk goes to the device now."""
        inputs = self.problem.inputs
        return inputs_on(inputs.index_select(0, on(rows, inputs.device)), self.device)

    def _weight(self, rows: Tensor, padding: Tensor) -> Tensor:
        weight = self.problem.weights.index_select(0, rows).to(self.dtype).view(padding.shape)
        weight = weight.masked_fill(padding, 0.0)
        total = weight.sum(-1, keepdim=True)
        return torch.where(total > 0, weight / total, 0.0)
