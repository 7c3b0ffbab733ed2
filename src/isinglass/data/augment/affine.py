"""Rotation, zoom and translation together, in one bilinear sampling of the image; masks by the nearest pixel.

With the turn a, the scale s and the shift t, in pixels from the middle of the image, y down:

    input = R(-a) (output - t) / s,    R(a) = [[cos a, -sin a], [sin a, cos a]]

a is uniform in +- `rotation` degrees, s in 1 +- `zoom`, each part of t in +- `translation` pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from isinglass.data.augment.transform import VOID, Augmented, Draw, Request, Transform, there
from isinglass.data.augment.translation import checked


@dataclass(frozen=True)
class Affine:
    """Largest turn in degrees, largest change of scale, largest shift in pixels."""

    rotation: float
    zoom: float
    translation: float

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        turn, scale, down, right = draw.numbers("affine").uniform(-1, 1, (4, len(batch.z)))
        shift = self.translation * np.stack([down, right])
        grid = sampling(batch.z, math.radians(self.rotation) * turn, 1 + self.zoom * scale, shift)
        target = nearest(batch.target, grid) if batch.masks else batch.target
        return replace(batch, z=bilinear(batch.z, grid), target=target)


def sampling(images: Tensor, turn: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> Tensor:
    """Where each output pixel comes from: float32 `[batch, height, width, 2]`, (x, y) as `grid_sample` counts them.

    Args:
        images: `[batch, channel, height, width]`, of which only shape and device count.
        turn: radians, [batch].
        scale: [batch].
        shift: pixels down and to the right, [2, batch].
    """
    height, width = images.shape[2:]
    cosine, sine = np.cos(turn) / scale, np.sin(turn) / scale
    down, right = shift
    # Each coordinate is a column of rows plus a row of columns: far cheaper than a matrix product a pixel.
    rows, columns = np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    y, x = rows - down[:, None], columns - right[:, None]
    from_x = np.stack([cosine[:, None] * x * 2 / width, -sine[:, None] * x * 2 / height], axis=-1)
    from_y = np.stack([sine[:, None] * y * 2 / width, cosine[:, None] * y * 2 / height], axis=-1)
    first, second = (there(part.astype(np.float32), images) for part in (from_x, from_y))
    return first[:, None] + second[:, :, None]


def bilinear(z: Tensor, grid: Tensor) -> Tensor:
    """Images `[batch, channel, height, width]` between the pixels; what is new is 0."""
    # Places need more digits than half precision has.
    exact = torch.promote_types(z.dtype, torch.float32)
    return functional.grid_sample(z.to(exact), grid.to(exact), align_corners=False).to(z.dtype)


def nearest(masks: Tensor, grid: Tensor) -> Tensor:
    """Masks uint8 `[batch, head, height, width]` at the nearest pixels; what is new is void."""
    # Outside is 0 for `grid_sample`: counted down from void, that is void again. Float32 holds each exactly.
    moved = functional.grid_sample(VOID - masks.to(torch.float32), grid, mode="nearest", align_corners=False)
    return (VOID - moved).to(masks.dtype)


def build(request: Request) -> Transform | None:
    """`rotation` and `zoom`, with `translation` where one of them is on."""
    recipe = request.recipe
    return Affine(recipe.rotation, recipe.zoom, checked(request)) if recipe.rotation or recipe.zoom else None
