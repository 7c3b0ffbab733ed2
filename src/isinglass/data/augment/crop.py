"""A crop of the image's own size out of the image with mirrored borders (He et al. 2016, arXiv:1512.03385, pad with
zeros; mirrored borders as in Zagoruyko and Komodakis 2016, arXiv:1605.07146)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from isinglass.data.augment.transform import Augmented, Draw, Request, Transform, there
from isinglass.errors import RecipeError


@dataclass(frozen=True)
class Crop:
    """Borders of `padding` pixels are added by reflection, then each image gets its own crop; masks alike."""

    padding: int

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        start = draw.numbers("crop").integers(0, 2 * self.padding + 1, (2, len(batch.z)))
        start = there(start, batch.z)
        target = self._cropped(batch.target, start) if batch.masks else batch.target
        return replace(batch, z=self._cropped(batch.z, start), target=target)

    def _cropped(self, images: Tensor, start: Tensor) -> Tensor:
        height, width = images.shape[2:]
        padded = functional.pad(images, (self.padding,) * 4, mode="reflect")
        return cut(padded, start[0], start[1], (height, width))


def build(request: Request) -> Transform | None:
    """`crop`."""
    padding, least = request.recipe.crop, min(request.image[1:])
    if padding >= least:
        raise RecipeError(
            "the mirrored border must be narrower than the image",
            where="augment.crop",
            given=padding,
            allowed=f"0 to {least - 1} pixels",
        )
    return Crop(padding) if padding else None


def cut(images: Tensor, row: Tensor, column: Tensor, size: tuple[int, int]) -> Tensor:
    """The window of `size` that starts at (row, column) of each image.

    Args:
        images: `[batch, channel, height, width]`.
        row: int64 `[batch]`.
        column: int64 `[batch]`.
        size: height and width of the window.

    Returns:
        `[batch, channel, *size]`.
    """
    windows = images.unfold(2, size[0], 1).unfold(3, size[1], 1)
    return windows[torch.arange(len(images), device=images.device), :, row, column]
