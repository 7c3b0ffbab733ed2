"""Brightness, contrast and saturation of each image; masks stay.

With u uniform in [-1, 1] for each image, and strengths as parts of 1:

    brightness    z + u strength (max z - min z), the extremes of each channel over the batch
    contrast      mean + (1 + u strength) (z - mean), the mean of each channel over the image
    saturation    grey + (1 + u strength) (z - grey), grey the mean of the channels at each pixel

Values are not cut off at black and white: the machine's inputs have no such ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from isinglass.data.augment.transform import Augmented, Draw, Request, Transform, column
from isinglass.errors import RecipeError


@dataclass(frozen=True)
class Brightness:
    """Lighter or darker by up to `strength` of the range of values."""

    strength: float

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        z = batch.z
        span = z.amax((0, 2, 3), keepdim=True) - z.amin((0, 2, 3), keepdim=True)
        return replace(batch, z=z + column(self.strength * _uniform(batch, draw, "brightness"), z) * span)


@dataclass(frozen=True)
class Contrast:
    """Distances from the image's mean grow or shrink by up to `strength`."""

    strength: float

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        z = batch.z
        return replace(batch, z=z + column(self.strength * _uniform(batch, draw, "contrast"), z) * (z - _mean(z)))


@dataclass(frozen=True)
class Saturation:
    """Distances from grey grow or shrink by up to `strength`."""

    strength: float

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        z = batch.z
        away = z - z.mean(1, keepdim=True)
        return replace(batch, z=z + column(self.strength * _uniform(batch, draw, "saturation"), z) * away)


def _mean(z):
    return z.mean((2, 3), keepdim=True)


def _uniform(batch: Augmented, draw: Draw, name: str) -> np.ndarray:
    return draw.numbers(name).uniform(-1, 1, len(batch.z))


def build_brightness(request: Request) -> Transform | None:
    """`brightness`."""
    return Brightness(request.recipe.brightness) if request.recipe.brightness else None


def build_contrast(request: Request) -> Transform | None:
    """`contrast`."""
    return Contrast(request.recipe.contrast) if request.recipe.contrast else None


def build_saturation(request: Request) -> Transform | None:
    """`saturation`."""
    strength, channels = request.recipe.saturation, request.image[0]
    if strength and channels < 2:
        raise RecipeError(
            "images of one channel have no saturation",
            where="augment.saturation",
            given=strength,
            allowed=0,
            instead="use contrast",
        )
    return Saturation(strength) if strength else None
