"""Rectangles, one an image: what cutout and cutmix are made of."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from isinglass.data.augment.transform import there


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
