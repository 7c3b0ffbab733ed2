"""Shifts by whole pixels: what is new is 0 (the channel's mean), in masks void."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor
from torch.nn import functional

from isinglass.data.augment.crop import cut
from isinglass.data.augment.transform import VOID, Augmented, Draw, Request, Transform, there
from isinglass.errors import RecipeError


@dataclass(frozen=True)
class Translation:
    """Each image by its own -most .. most pixels down and to the right."""

    most: int

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        start = draw.numbers("translation").integers(0, 2 * self.most + 1, (2, len(batch.z)))
        start = there(start, batch.z)
        target = self._moved(batch.target, start, VOID) if batch.masks else batch.target
        return replace(batch, z=self._moved(batch.z, start, 0), target=target)

    def _moved(self, images: Tensor, start: Tensor, fill: int) -> Tensor:
        padded = functional.pad(images, (self.most,) * 4, value=fill)
        return cut(padded, start[0], start[1], (images.shape[2], images.shape[3]))


def build(request: Request) -> Transform | None:
    """`translation`, where nothing turns or zooms: else `affine` does it in the same pass."""
    most = checked(request)
    return Translation(most) if most and not (request.recipe.rotation or request.recipe.zoom) else None


def checked(request: Request) -> int:
    """The largest shift in pixels. Raises RecipeError where it would leave nothing of the image."""
    most, least = request.translation, min(request.image[1:])
    if not 0 <= most < least:
        raise RecipeError(
            "a shift must leave something of the image",
            where="augment.translation",
            given=most,
            allowed=f"0 to {least - 1} pixels",
        )
    return most
