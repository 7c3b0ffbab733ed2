"""Histograms of oriented gradients (Dalal and Triggs 2005, doi:10.1109/CVPR.2005.177) and a linear SVM.

For each pixel the channel with the steepest slope counts, with central differences (0 at the border). Its angle,
without a sign, falls into one of nine bins of 20 degrees with the slope as weight; a cell of pixels has the mean of
each bin; blocks of 2 x 2 cells, one cell apart, are scaled to length 1, cut at 0.2 and scaled again ("L2-Hys"). The
numbers are those of scikit-image's `hog`, for many images at a time, which that does not do.
"""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline, Predictor, Table
from isinglass.evaluation.baselines.images import heads
from isinglass.evaluation.baselines.images.pixels import in_chunks, rows

ORIENTATIONS, BLOCK, CUT, EPSILON = 9, 2, 0.2, 1e-5
CELLS, LEAST_CELL = 8, 4
"""About eight cells a side, of at least four pixels and of an even number."""


def cell_of(height: int, width: int) -> int:
    """The side of a cell in pixels, for images of this size."""
    even = 2 * round(min(height, width) / CELLS / 2)
    return max(min(max(even, LEAST_CELL), min(height, width) // BLOCK), 1)


def prepare(images: np.ndarray) -> np.ndarray:
    """Images [sample, channel, height, width] -> float32 [sample, feature]."""
    side = cell_of(*images.shape[2:])
    return in_chunks(images, lambda part: rows(hog(part, side)))


def hog(images: np.ndarray, cell: int) -> np.ndarray:
    """The histograms of a chunk of images.

    Args:
        images: [sample, channel, height, width] of any depth.
        cell: side of a cell, pixels.

    Returns:
        float32 [sample, block row, block column, cell row, cell column, orientation].
    """
    import torch

    x = torch.from_numpy(images.astype(np.float32))
    down, right = torch.zeros_like(x), torch.zeros_like(x)
    down[:, :, 1:-1] = x[:, :, 2:] - x[:, :, :-2]
    right[:, :, :, 1:-1] = x[:, :, :, 2:] - x[:, :, :, :-2]
    slope, steepest = torch.hypot(down, right).max(1, keepdim=True)
    angle = torch.atan2(down.gather(1, steepest), right.gather(1, steepest)).rad2deg_().remainder_(180.0)
    place = (angle * (ORIENTATIONS / 180.0)).floor_().remainder_(ORIENTATIONS)
    parts = [torch.nn.functional.avg_pool2d(slope * (place == i), cell) for i in range(ORIENTATIONS)]
    return _blocks(torch.cat(parts, 1)).numpy()


def _blocks(cells):
    """[sample, orientation, row, column] -> blocks as `hog` returns them, each of length 1."""
    blocks = cells.unfold(2, BLOCK, 1).unfold(3, BLOCK, 1).permute(0, 2, 3, 4, 5, 1)
    blocks = _normalised(blocks).clamp_max_(CUT)
    return _normalised(blocks).contiguous()


def _normalised(blocks):
    return blocks / (blocks.square().sum((3, 4, 5), keepdim=True) + EPSILON**2).sqrt()


def fit(table: Table, seed: int, threads: int) -> Predictor:
    """The inputs are histograms already."""
    return heads.margins(table.inputs, table, seed)


BASELINE = Baseline(
    "hog",
    "oriented gradients (HOG) and a linear SVM",
    fit,
    heads.SETTINGS,
    rounds=1,
    limit=15_000,
    simplicity=6,
    prepare=prepare,
)
