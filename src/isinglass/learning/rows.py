"""What is learnt from: one set of rows, shared by all members, and the part that each row plays for each of them."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from torch import Tensor

from isinglass.learning.view import same_for_all
from isinglass.spec import Role
from isinglass.tensors import on

if TYPE_CHECKING:
    from isinglass.data.augment import Augmented


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


@dataclass(frozen=True)
class Rows:
    """Rows as tensors on one device. Nothing of them is needed for a prediction.

    Attributes:
        inputs: float32 `[sample, feature]`, unscaled, NaN where missing; may be a memory map. Images: uint8, uint16 or
            float32 `[sample, channel, height, width]`.
        targets: `[sample, out]`, unscaled; a class index for classification. Masks: uint8 `[sample, head, height,
            width]`.
        weights: `[sample]`, not negative.
        role: int8 `[member, sample]` of `spec.Role`.
        nominal: rows that a member trains on in one epoch, the same for all members and every population, so
            that an epoch does not depend on who else is trained; 0: the number of rows.
        censoring: `[sample, out]`, -1 where a target lies below the value that stands for it, 1 above, 0 where it is
            it; None: all are. A censored loss sees it behind the targets.
        augment: how images of training batches are changed at random, or None.
        streamed: whether rows are read from a disk while others are learnt from.
    """

    inputs: Tensor
    targets: Tensor
    weights: Tensor
    role: Tensor
    nominal: int = 0
    censoring: Tensor | None = None
    augment: Augmentation | None = None
    streamed: bool = False

    @property
    def samples(self) -> int:
        """The number of rows."""
        return self.inputs.shape[0]

    @property
    def epoch(self) -> int:
        """The number of rows in an epoch."""
        return self.nominal or self.samples

    @property
    def values(self) -> int:
        """The number of input values of a row."""
        return math.prod(self.inputs.shape[1:])

    @cached_property
    def weighted(self) -> bool:
        """Whether some weight is not 1."""
        return same_for_all(self.weights == 1) is not True

    def of(self, member: int, role: Role) -> Tensor:
        """The rows, int64 `[n]` ascending, that play `role` for a member."""
        return torch.nonzero(self.role[member] == int(role)).squeeze(1)

    def take(self, members: Tensor) -> Rows:
        """The same rows, and their roles for some of the members; `members` is int64 `[member]`."""
        return replace(self, role=self.role[members])

    def to(self, device: torch.device) -> Rows:
        """The same on another device. `role`, which is asked about and not computed with, stays; rows that are read
        from a disk too: they go there batch by batch."""
        return replace(
            self,
            inputs=self.inputs if self.streamed else inputs_on(self.inputs, device),
            targets=self.targets.to(device),
            weights=self.weights.to(device),
            censoring=None if self.censoring is None else self.censoring.to(device),
        )


def inputs_on(inputs: Tensor, device: torch.device) -> Tensor:
    """Inputs on another device; 16-bit pixels as int32, since accelerators know hardly any operation on uint16."""
    return on(inputs.to(torch.int32) if inputs.dtype is torch.uint16 else inputs, device)


def tensor_of(array: np.ndarray) -> Tensor:
    """A tensor on the memory of an array, which may be a memory map that cannot be written to: nobody writes."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array)
