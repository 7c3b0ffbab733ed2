"""Views of the same image, over which predictions are averaged; each knows how to put a map back into place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class View:
    """A mirrored or shifted look at images.

    Attributes:
        mirrored: left and right are exchanged.
        down, right: shift in pixels; the border is repeated.
    """

    mirrored: bool = False
    down: int = 0
    right: int = 0

    def apply(self, images: Tensor) -> Tensor:
        """`[batch, channel, height, width]` -> the same shape."""
        return shifted(images.flip(3) if self.mirrored else images, self.down, self.right)

    def undo(self, maps: Tensor) -> Tensor:
        """Maps `[batch, width, height, width]` predicted for the view, in the place of the original; predictions
        without places `[batch, width]` stay as they are."""
        if maps.dim() < 4:
            return maps
        back = shifted(maps, -self.down, -self.right)
        return back.flip(3) if self.mirrored else back


def shifted(images: Tensor, down: int, right: int) -> Tensor:
    """Moved by whole pixels, the border repeated."""
    if not (down or right):
        return images
    height, width = images.shape[2:]
    padding = (max(right, 0), max(-right, 0), max(down, 0), max(-down, 0))
    top, left = max(-down, 0), max(-right, 0)
    return functional.pad(images, padding, mode="replicate")[:, :, top : top + height, left : left + width]


VIEWS: dict[str, tuple[View, ...]] = {
    "none": (View(),),
    "flip": (View(), View(mirrored=True)),
    "shift": (View(), View(down=-1, right=-1), View(down=1, right=1)),
}


def views(kind: Literal["none", "flip", "shift"]) -> tuple[View, ...]:
    """The views of `augment.test_time`: the image itself first; "shift" is one pixel up and left, down and right."""
    return VIEWS[kind]
