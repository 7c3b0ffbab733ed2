"""Each member's scaling of channels, fitted on the images it trains on and on no others."""

from __future__ import annotations

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.scaling import Scaling
from isinglass.errors import DataError
from isinglass.spec import Role, Task

BLOCK = 512


def fit_channel_scaling(dataset: Dataset, role: np.ndarray) -> Scaling:
    """center = mean and scale = 1 / standard deviation of each channel's pixels, with sample weights; targets of a
    regression too.

    The sums of each image are taken once, so many members cost one pass over the pixels. Pixels without data count
    nowhere.

    Args:
        dataset: of images.
        role: int8 [member, sample] of Role.

    Returns:
        center, scale: float64 [member, channel]; scale 0 for a channel that never changes.

    Raises:
        DataError: a member has no training image with a weight.
    """
    first, second = image_moments(dataset.inputs, dataset.known)
    plain = (role == Role.TRAIN) * dataset.weights
    if (plain.sum(1) <= 0).any():
        raise DataError("a member has no training image with a weight", where="data.weight")
    weight = plain * dataset.known.mean((1, 2)) if len(dataset.known) else plain
    total = weight.sum(1, keepdims=True)
    center = weight @ first / total
    # Moments about a common middle: large offsets (16 bits, kelvin) do not cancel the digits of the variance.
    middle = first.mean(0)
    spread = second + (first - middle) ** 2
    variance = np.maximum(weight @ spread / total - (center - middle) ** 2, 0.0)
    scale = np.divide(1.0, np.sqrt(variance), out=np.zeros_like(variance), where=variance > 1e-12 * (1 + center**2))
    target_center, target_scale = _targets(dataset, plain / plain.sum(1, keepdims=True))
    clip = np.zeros(center.shape[1], bool)
    return Scaling(center, scale, clip, target_center, target_scale)


def image_moments(inputs: np.ndarray, known: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each image's channels, over the pixels with data (bool [sample, height, width]; None or
    empty: all): two float64 [sample, channel]."""
    first, second = np.empty(inputs.shape[:2]), np.empty(inputs.shape[:2])
    for start in range(0, len(inputs), BLOCK):
        rows = slice(start, start + BLOCK)
        block = np.asarray(inputs[rows], np.float32)
        where = True if known is None or not len(known) else known[rows, None]
        first[rows] = mean = block.mean((2, 3), dtype=np.float64, where=where)
        block = block - mean[:, :, None, None].astype(np.float32)
        residual = block.mean((2, 3), dtype=np.float64, where=where)
        second[rows] = np.square(block).mean((2, 3), dtype=np.float64, where=where) - residual**2
    return first, second


def _targets(dataset: Dataset, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    outputs = dataset.targets.shape[1]
    if dataset.schema.task is not Task.REGRESSION:
        return np.zeros((len(weight), outputs)), np.ones((len(weight), outputs))
    center = weight @ dataset.targets
    variance = np.stack([w @ (dataset.targets - c) ** 2 for w, c in zip(weight, center, strict=True)])
    return center, np.where(variance > 0, np.sqrt(variance), 1.0)
