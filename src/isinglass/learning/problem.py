"""What the engine is asked to solve: one set of rows, shared by all members, and each member's view of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from isinglass.types import Role

if TYPE_CHECKING:
    from isinglass.objective.losses import Loss

Head = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""`head(raw, inputs, target_center, target_scale) -> raw`: an exact law applied to the machine's output.

Shapes: raw `[..., batch, width]`, inputs unscaled `[..., batch, feature]`, centre and scale `[..., 1, out]`.
"""

CLIP = 3.0
"""Scaled values are squeezed softly into (-3, 3), as in RealMLP (Holzmüller et al. 2024,
arXiv:2407.04491)."""


@dataclass(frozen=True)
class Problem:
    """Everything the engine needs to know about the data, as tensors on one device.

    Attributes:
        inputs: float32 `[sample, feature]`, unscaled, NaN where missing; may be a memory map.
        targets: `[sample, out]`, unscaled; a class index for classification.
        weights: `[sample]`, not negative.
        role: int8 `[member, sample]` of `types.Role`.
        center, scale: `[member, feature]`; z = (x - center) * scale, then NaN becomes 0.
        clip: bool `[feature]`: features whose z then becomes z / sqrt(1 + (z / 3)^2).
        target_center, target_scale: `[member, out]`; the loss sees (y - target_center) / target_scale.
        loss: a `Loss`: `function(raw [..., batch, width], target [..., batch, out]) -> [..., batch]`.
        head: an exact law applied to raw outputs before the loss, or None.
        nominal: rows that a member trains on in one epoch, the same for all members and every population, so
            that an epoch does not depend on who else is trained; 0: the number of rows.
    """

    inputs: Tensor
    targets: Tensor
    weights: Tensor
    role: Tensor
    center: Tensor
    scale: Tensor
    clip: Tensor
    target_center: Tensor
    target_scale: Tensor
    loss: Loss
    head: Head | None = None
    nominal: int = 0

    @property
    def samples(self) -> int:
        """The number of rows."""
        return self.inputs.shape[0]

    def take(self, members: Tensor) -> Problem:
        """The same rows as some of the members see them; `members` is int64 `[member]`."""
        return replace(
            self,
            role=self.role[members],
            center=self.center[members],
            scale=self.scale[members],
            target_center=self.target_center[members],
            target_scale=self.target_scale[members],
        )

    def rows(self, member: int, role: Role) -> Tensor:
        """The rows, int64 `[n]` ascending, that play `role` for a member."""
        return torch.nonzero(self.role[member] == int(role)).squeeze(1)


def scaled(inputs: Tensor, center: Tensor, scale: Tensor, clip: Tensor) -> Tensor:
    """What the machine sees: z = (x - center) * scale; NaN becomes 0; clipped features are squeezed softly.

    Args:
        inputs: `[..., feature]`, unscaled.
        center: broadcasts with `inputs`.
        scale: broadcasts with `inputs`.
        clip: bool `[feature]`.

    Returns:
        A new tensor of the shape of `inputs` broadcast with `center`, in `center`'s dtype.
    """
    z = (inputs - center).mul_(scale).nan_to_num_(nan=0.0, posinf=None, neginf=None)
    if not bool(clip.any()):
        return z
    squeezed = z * torch.rsqrt(torch.square(z / CLIP).add_(1.0))
    return squeezed if bool(clip.all()) else torch.where(clip, squeezed, z)
