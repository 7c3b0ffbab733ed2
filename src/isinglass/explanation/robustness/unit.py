"""The scale on which changes of samples are measured."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Unit:
    """Inputs as they are encoded, and on the scale on which changes are measured.

    u = (x - center) / width; where nothing may change, x is that of the sample. `whole`: x counts whole numbers.
    """

    center: Tensor
    width: Tensor
    fixed: Tensor
    free: Tensor
    name: str
    whole: bool = False

    def to_unit(self, raw: Tensor) -> Tensor:
        """x -> u; NaN where x is."""
        return torch.where(self.free, (raw - self.center) / self.width, torch.zeros_like(raw))

    def to_raw(self, u: Tensor) -> Tensor:
        """u -> x."""
        return torch.where(self.free, u * self.width + self.center, self.fixed)
