"""A square of each image is blanked (DeVries and Taylor 2017, arXiv:1708.04552)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from isinglass.data.augment.transform import VOID, Augmented, Draw, Request, Transform, there
from isinglass.errors import RecipeError


@dataclass(frozen=True)
class Cutout:
    """A square of `side` pixels around any pixel becomes 0, the channel's mean; in masks void: nothing can be said
    of what is not seen."""

    side: int

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        size = np.array(batch.z.shape[2:])[:, None]
        middle = draw.numbers("cutout").integers(0, size, (2, len(batch.z)))
        box = boxes(middle, np.full((2, 1), self.side), batch.z)
        target = batch.target.masked_fill(box, VOID) if batch.masks else batch.target
        return replace(batch, z=batch.z.masked_fill(box, 0.0), target=target)


def build(request: Request) -> Transform | None:
    """`cutout`."""
    side, least = request.recipe.cutout, min(request.image[1:])
    if side > least:
        raise RecipeError(
            "the blank square is larger than the image", where="augment.cutout", given=side, allowed=f"0 to {least}"
        )
    return Cutout(side) if side else None


def boxes(middle: np.ndarray, side: np.ndarray, images: Tensor) -> Tensor:
    """Which pixels lie in a rectangle that may reach over the border: bool `[batch, 1, height, width]`.

    Args:
        middle: its centre in pixels, [2, batch]: rows and columns.
        side: its sides in pixels, [2, batch] or [2, 1].
        images: `[batch, channel, height, width]`, of which only shape and device count.
    """
    start = np.floor(middle - side / 2 + 0.5)[:, :, None]
    stop = start + np.round(side)[:, :, None]
    inside = [(np.arange(n) >= start[i]) & (np.arange(n) < stop[i]) for i, n in enumerate(images.shape[2:])]
    rows, columns = (there(part, images) for part in inside)
    return (rows[:, :, None] & columns[:, None, :]).unsqueeze(1)
