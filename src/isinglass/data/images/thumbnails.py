"""Images as a page shows them: eight bits, red, green and blue, no larger than needed."""

from __future__ import annotations

import numpy as np

LARGEST = 96
"""Pixels of a shown image's longer side: more only makes the page heavy."""


def thinning(images: np.ndarray, largest: int = LARGEST) -> int:
    """Of how many pixels in a row one is shown, of images [image, ..., height, width]."""
    return max(1, -(-max(images.shape[-2:]) // largest))


def visible(images: np.ndarray, *, largest: int = LARGEST) -> np.ndarray:
    """uint8 [image, height, width, 3] of images [image, channel, height, width] of any depth and channels: three
    channels as red, green, blue, others by their mean; stretched to the full range where they are no uint8."""
    shown = images if images.shape[1] == 3 else images.mean(axis=1, keepdims=True).repeat(3, axis=1)
    shown = np.moveaxis(shown, 1, -1).astype(np.float64)
    if images.dtype != np.uint8:
        low, high = np.nanquantile(shown, [0.01, 0.99])
        shown = 255 * (shown - low) / max(high - low, 1e-12)
    step = thinning(images, largest)
    return np.clip(np.nan_to_num(shown[:, ::step, ::step]), 0, 255).astype(np.uint8)
