"""Pieces of padded images by whole pixels, another piece of each image: what translation and crop are made of."""

from __future__ import annotations

import torch
from torch import Tensor


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
