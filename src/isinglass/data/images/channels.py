"""Each member's scaling of channels, fitted on the images it trains on and on no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isinglass.data.scaling import Scaling
from isinglass.errors import DataError
from isinglass.types import Role, Task

if TYPE_CHECKING:
    from isinglass.data.dataset import Dataset

BLOCK = 512


def fit_channel_scaling(dataset: Dataset, role: np.ndarray) -> Scaling:
    """center = mean and scale = 1 / standard deviation of each channel's pixels, with sample weights; targets of a
    regression too.

    The sums of each image are taken once, so many members cost one pass over the pixels.

    Args:
        dataset: of images.
        role: int8 [member, sample] of Role.

    Returns:
        center, scale: float64 [member, channel]; scale 0 for a channel that never changes.

    Raises:
        DataError: a member has no training image with a weight.
    """
    first, second = image_moments(dataset.inputs)
    weight = (role == Role.TRAIN) * dataset.weights
    total = weight.sum(1, keepdims=True)
    if (total <= 0).any():
        raise DataError("a member has no training image with a weight", where="data.weight")
    center = weight @ first / total
    # Moments about a common middle: large offsets (16 bits, kelvin) do not cancel the digits of the variance.
    middle = first.mean(0)
    spread = second + (first - middle) ** 2
    variance = np.maximum(weight @ spread / total - (center - middle) ** 2, 0.0)
    scale = np.divide(1.0, np.sqrt(variance), out=np.zeros_like(variance), where=variance > 1e-12 * (1 + center**2))
    target_center, target_scale = _targets(dataset, weight / total)
    clip = np.zeros(center.shape[1], bool)
    return Scaling(center, scale, clip, target_center, target_scale)


def image_moments(inputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each image's channels: two float64 [sample, channel]."""
    first, second = np.empty(inputs.shape[:2]), np.empty(inputs.shape[:2])
    for start in range(0, len(inputs), BLOCK):
        block = np.asarray(inputs[start : start + BLOCK], np.float32)
        first[start : start + BLOCK] = mean = block.mean((2, 3), dtype=np.float64)
        block = block - mean[:, :, None, None].astype(np.float32)
        residual = block.mean((2, 3), dtype=np.float64)
        second[start : start + BLOCK] = np.square(block).mean((2, 3), dtype=np.float64) - residual**2
    return first, second


def _targets(dataset: Dataset, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    outputs = dataset.targets.shape[1]
    if dataset.schema.task is not Task.REGRESSION:
        return np.zeros((len(weight), outputs)), np.ones((len(weight), outputs))
    center = weight @ dataset.targets
    variance = np.stack([w @ (dataset.targets - c) ** 2 for w, c in zip(weight, center, strict=True)])
    return center, np.where(variance > 0, np.sqrt(variance), 1.0)
