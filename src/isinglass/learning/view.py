"""How members see what is measured: scaled, each in its own way, and their answers in the targets' units again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from isinglass.spec import ROW, Spec
from isinglass.tensors import constant

if TYPE_CHECKING:
    from isinglass.objective.constraints import Head

CLIP = 3.0
"""Scaled values are squeezed softly into (-3, 3), as in RealMLP (Holzmüller et al. 2024,
arXiv:2407.04491)."""

Law = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""`law(raw, inputs, target_center, target_scale) -> raw`: what a `Head` does to the machine's output.

Shapes: raw `[..., batch, width]`, inputs unscaled `[..., batch, feature]`, centre and scale `[..., 1, out]`.
"""


@dataclass(frozen=True)
class View:
    """What lies between measured values and a machine, for each member. Where a sample has
    channels, `feature` is the channel.

    Attributes:
        center, scale: `[member, feature]`; z = (x - center) * scale, then NaN becomes 0.
        clip: bool `[feature]`: features whose z then becomes z / sqrt(1 + (z / 3)^2).
        target_center, target_scale: `[member, out]`; the loss sees (y - target_center) / target_scale.
        head: exact laws and known formulas applied to raw outputs, or None.
        zero: [out], what targets and `target_center` are counted from, so that single precision holds the
            differences; empty: 0. What is told in the targets' own units has it added in float64.
        spec: the axes of a sample.
    """

    center: Tensor
    scale: Tensor
    clip: Tensor
    target_center: Tensor
    target_scale: Tensor
    head: Head | None = None
    zero: tuple[float, ...] = ()
    spec: Spec = ROW

    @cached_property
    def squeezed(self) -> Tensor | bool:
        """`clip`, or its one value. Asked once: a device would be waited for."""
        return same_for_all(self.clip)

    def in_units(self, values: Tensor) -> Tensor:
        """Values `[..., out]` that are counted from `zero`, in the targets' own units: float64 where it is not 0."""
        return values.double() + constant(self.zero, torch.float64, values.device) if self.zero else values

    def take(self, members: Tensor) -> View:
        """As some of the members see; `members` is int64 `[member]`."""
        per_member = ("center", "scale", "target_center", "target_scale")
        return replace(self, **{name: getattr(self, name)[members] for name in per_member})

    def to(self, device: torch.device) -> View:
        """The same on another device."""
        moved = ("center", "scale", "clip", "target_center", "target_scale")
        return replace(self, **{name: getattr(self, name).to(device) for name in moved})


def scaled(inputs: Tensor, center: Tensor, scale: Tensor, clip: Tensor | bool) -> Tensor:
    """What the machine sees: z = (x - center) * scale; NaN becomes 0; clipped features are squeezed softly.

    Args:
        inputs: `[..., feature]`, unscaled, or `[..., channel, height, width]` of any depth.
        center: broadcasts with `inputs`.
        scale: broadcasts with `inputs`.
        clip: bool, broadcasts with `inputs`; or one for all features.

    Returns:
        A new tensor of the shape of `inputs` broadcast with `center`, in `center`'s dtype.
    """
    z = (inputs - center).mul_(scale)
    if inputs.is_floating_point():
        z.nan_to_num_(nan=0.0, posinf=None, neginf=None)
    if clip is False:
        return z
    squeezed = z * torch.rsqrt(torch.square(z / CLIP).add_(1.0))
    return squeezed if clip is True else torch.where(torch.as_tensor(clip), squeezed, z)


def same_for_all(flags: Tensor) -> Tensor | bool:
    """The one value of all flags, or the flags."""
    first = bool(flags.flatten()[0]) if flags.numel() else False
    return first if bool((flags == first).all()) else flags
