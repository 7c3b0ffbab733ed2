"""Mirror images: left to right at random or alternating, and upside down at random.

Alternating (Jordan 2024, arXiv:2404.00498, section 3.6): a hash of the sample says in which of two epochs it is seen
mirrored, so that of any two epochs in a row one shows each image as it is and one its mirror image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from isinglass.data.augment.transform import Augmented, Draw, Request, Transform, there
from isinglass.data.hashing import key, mix
from isinglass.errors import TrainingError


@dataclass(frozen=True)
class Flip:
    """Half of the images are mirrored along an axis: 3 left to right, 2 upside down."""

    axis: int
    kind: Literal["random", "alternating"] = "random"

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        chosen = (alternating if self.kind == "alternating" else self._random)(batch, draw)
        chosen = there(chosen, batch.z).view(-1, 1, 1, 1)
        target = self._flipped(batch.target, chosen) if batch.masks else batch.target
        return replace(batch, z=self._flipped(batch.z, chosen), target=target)

    def _flipped(self, images: Tensor, chosen: Tensor) -> Tensor:
        return torch.where(chosen, images.flip(self.axis), images)

    def _random(self, batch: Augmented, draw: Draw) -> np.ndarray:
        return draw.numbers(f"flip {self.axis}").random(len(batch.z)) < 0.5


def alternating(batch: Augmented, draw: Draw) -> np.ndarray:
    """Which samples are seen mirrored in this epoch: bool [batch]; the others are in the next."""
    if draw.rows is None or draw.epoch is None:
        raise TrainingError(
            "alternating flips need to know which images a batch has, and the epoch",
            where="augment.flip",
            instead='pass `rows` and `epoch`, or write flip = "random"',
        )
    coin = mix(draw.rows.cpu().numpy().astype(np.uint64) ^ key(draw.seed)) + np.uint64(draw.epoch)
    return (coin & np.uint64(1)).astype(bool)


def build(request: Request) -> Transform | None:
    """`flip`."""
    return None if request.recipe.flip == "none" else Flip(3, request.recipe.flip)


def build_vertical(request: Request) -> Transform | None:
    """`flip_vertical`."""
    return Flip(2) if request.recipe.flip_vertical else None
