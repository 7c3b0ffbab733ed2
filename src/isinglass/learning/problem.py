"""What the engine is asked to solve: one set of rows, shared by all members, and each member's view of it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from isinglass.spec import ROW, Role, Spec
from isinglass.tensors import constant, on

if TYPE_CHECKING:
    from isinglass.data.augment import Augmented
    from isinglass.objective.losses import Loss
    from isinglass.objective.penalties.equation import Equation

Head = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""`head(raw, inputs, target_center, target_scale) -> raw`: an exact law applied to the machine's output.

Shapes: raw `[..., batch, width]`, inputs unscaled `[..., batch, feature]`, centre and scale `[..., 1, out]`.
"""


class Augmentation(Protocol):
    """Random changes of a batch of images: a pure function of its arguments."""

    def __call__(
        self, z: Tensor, target: Tensor, *, seed: int, step: int, rows: Tensor | None = None, epoch: int | None = None
    ) -> Augmented:
        """The changed batch.

        Args:
            z: `[batch, channel, height, width]`, scaled.
            target: `[batch, out]` or `[batch, head, height, width]`.
            seed: the member's.
            step: optimizer steps that the member has taken.
            rows: `[batch]`, which samples these are.
            epoch: the member's pass over its rows.
        """
        ...


CODED = torch.uint8
"""Targets of this type are codes of classes, as in masks: nothing is subtracted from them."""

CLIP = 3.0
"""Scaled values are squeezed softly into (-3, 3), as in RealMLP (Holzmüller et al. 2024,
arXiv:2407.04491)."""


@dataclass(frozen=True)
class Problem:
    """Everything the engine needs to know about the data, as tensors on one device.

    Where a sample has channels, `feature` below is the channel.

    Attributes:
        inputs: float32 `[sample, feature]`, unscaled, NaN where missing; may be a memory map. Images: uint8, uint16 or
            float32 `[sample, channel, height, width]`.
        targets: `[sample, out]`, unscaled; a class index for classification. Masks: uint8 `[sample, head, height,
            width]`.
        weights: `[sample]`, not negative.
        role: int8 `[member, sample]` of `types.Role`.
        center, scale: `[member, feature]`; z = (x - center) * scale, then NaN becomes 0.
        clip: bool `[feature]`: features whose z then becomes z / sqrt(1 + (z / 3)^2).
        target_center, target_scale: `[member, out]`; the loss sees (y - target_center) / target_scale.
        zero: [out], what `targets` and `target_center` are counted from, so that single precision holds the
            differences; empty: 0. What is told in the targets' own units has it added in float64.
        loss: a `Loss`: `function(raw [..., batch, width], target [..., batch, out]) -> [..., batch]`.
        head: an exact law applied to raw outputs before the loss, or None.
        nominal: rows that a member trains on in one epoch, the same for all members and every population, so
            that an epoch does not depend on who else is trained; 0: the number of rows.
        censoring: `[sample, out]`, -1 where a target lies below the value that stands for it, 1 above, 0 where it is
            it; None: all are. A censored loss sees it behind the targets.
        augment: how images of training batches are changed at random, or None.
        streamed: whether rows are read from a disk while others are learnt from.
        equations: differential equations whose penalties are mixed into the loss in training.
        spec: the axes of a sample.
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
    augment: Augmentation | None = None
    streamed: bool = False
    equations: tuple[Equation, ...] = ()
    zero: tuple[float, ...] = ()
    censoring: Tensor | None = None
    spec: Spec = ROW

    def __post_init__(self) -> None:
        if self.inputs.dim() != 1 + len(self.spec.dims):
            raise ValueError(f"inputs {tuple(self.inputs.shape)} are not [sample, {', '.join(self.spec.dims)}]")

    @property
    def samples(self) -> int:
        """The number of rows."""
        return self.inputs.shape[0]

    @cached_property
    def squeezed(self) -> Tensor | bool:
        """`clip`, or its one value. Asked once: a device would be waited for."""
        return same_for_all(self.clip)

    @cached_property
    def weighted(self) -> bool:
        """Whether some weight is not 1."""
        return same_for_all(self.weights == 1) is not True

    @property
    def values(self) -> int:
        """The number of input values of a row."""
        return math.prod(self.inputs.shape[1:])

    def told(self, values: Tensor) -> Tensor:
        """Values `[..., out]` that are counted from `zero`, in the targets' own units: float64 where it is not 0."""
        return values.double() + constant(self.zero, torch.float64, values.device) if self.zero else values

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

    def to(self, device: torch.device) -> Problem:
        """The same on another device. `role`, which is asked about and not computed with, stays; rows that are read
        from a disk too: they go there batch by batch."""
        moved = ("targets", "weights", "center", "scale", "clip", "target_center", "target_scale")
        inputs = self.inputs if self.streamed else inputs_on(self.inputs, device)
        censoring = None if self.censoring is None else self.censoring.to(device)
        return replace(
            self, inputs=inputs, censoring=censoring, **{name: getattr(self, name).to(device) for name in moved}
        )

    def rows(self, member: int, role: Role) -> Tensor:
        """The rows, int64 `[n]` ascending, that play `role` for a member."""
        return torch.nonzero(self.role[member] == int(role)).squeeze(1)


def inputs_on(inputs: Tensor, device: torch.device) -> Tensor:
    """Inputs on another device; 16-bit pixels as int32, since accelerators know hardly any operation on uint16."""
    return on(inputs.to(torch.int32) if inputs.dtype is torch.uint16 else inputs, device)


def tensor_of(array: np.ndarray) -> Tensor:
    """A tensor on the memory of an array, which may be a memory map that cannot be written to: nobody writes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array)


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
