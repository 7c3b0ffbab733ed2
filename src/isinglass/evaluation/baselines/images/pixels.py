"""Images as numbers: of at most a given number of values, or as rows of a table; read in chunks."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

CHUNK = 2048
"""Images that are looked at together."""


def shrunk(images: np.ndarray, most: int) -> np.ndarray:
    """Means over blocks of k x k pixels, with the smallest k that leaves at most so many values an image.

    Args:
        images: [sample, channel, height, width] of any depth.
        most: values, all channels together.

    Returns:
        float32 [sample, channel, height // k, width // k]; the pixels that fill no block are left out, equally on
        both sides.
    """
    _, channels, height, width = images.shape
    side = 1
    while side < min(height, width) and channels * (height // side) * (width // side) > most:
        side += 1
    rows, columns = height // side, width // side
    top, left = (height - rows * side) // 2, (width - columns * side) // 2

    def block(part: np.ndarray) -> np.ndarray:
        kept = part[:, :, top : top + rows * side, left : left + columns * side].astype(np.float32)
        return kept.reshape(len(part), channels, rows, side, columns, side).mean((3, 5)) if side > 1 else kept

    return in_chunks(images, block)


def in_chunks(images: np.ndarray, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """function(images) for a row-wise function, float32, without more than a chunk in memory twice."""
    parts = [function(np.asarray(images[start : start + CHUNK])) for start in range(0, max(len(images), 1), CHUNK)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def rows(images: np.ndarray) -> np.ndarray:
    """Each image as one row: [sample, value]."""
    return images.reshape(len(images), math.prod(images.shape[1:]))
