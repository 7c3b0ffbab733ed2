"""Colour histograms (Swain and Ballard 1991, doi:10.1007/BF00130487) and a linear model: where things are is lost.

The features are roots of shares of pixels: 16 bins of each channel, and for two to four channels their joint bins
too, 4 a channel. The bins reach from the lowest to the highest value of the training images, without one in 1,000 at
either end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline
from isinglass.evaluation.baselines.images import heads
from isinglass.evaluation.baselines.images.pixels import in_chunks

BINS, JOINT_BINS, MOST_JOINT = 16, 4, 4
SAMPLED, TAIL = 500, 0.001


@dataclass(frozen=True)
class Histogram:
    """Bins between `low` and `high`, each [channel]."""

    low: np.ndarray
    high: np.ndarray

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Images [sample, channel, height, width] -> float32 [sample, bin]."""
        return in_chunks(images, self._features)

    def _features(self, images: np.ndarray) -> np.ndarray:
        count, channels = images.shape[:2]
        values = images.reshape(count, channels, -1).astype(np.float32)
        place = np.clip((values - self.low[:, None]) / (self.high - self.low)[:, None], 0.0, 1.0)
        fine = np.minimum((place * BINS).astype(np.int64), BINS - 1)
        parts = [_shares(fine[:, channel], BINS) for channel in range(channels)]
        if 1 < channels <= MOST_JOINT:
            coarse = np.minimum((place * JOINT_BINS).astype(np.int64), JOINT_BINS - 1)
            power = JOINT_BINS ** np.arange(channels)
            parts.append(_shares((coarse * power[:, None]).sum(1), JOINT_BINS**channels))
        return np.sqrt(np.concatenate(parts, axis=1), dtype=np.float32)


def _shares(bins: np.ndarray, size: int) -> np.ndarray:
    """The share of each bin among the pixels of an image: [sample, pixel] -> [sample, size]."""
    count, pixels = bins.shape
    flat = bins + size * np.arange(count)[:, None]
    return np.bincount(flat.ravel(), minlength=count * size).reshape(count, size) / pixels


def histogram(images: np.ndarray, seed: int) -> Histogram:
    """The bins for training images."""
    drawn = np.random.default_rng((seed, 13)).permutation(len(images))[:SAMPLED]
    values = images[np.sort(drawn)].transpose(1, 0, 2, 3).reshape(images.shape[1], -1)
    low, high = np.quantile(values, [TAIL, 1 - TAIL], axis=1).astype(np.float32)
    return Histogram(low, np.where(high > low, high, low + 1))


BASELINE = Baseline(
    "colour_histogram",
    "a colour histogram and a linear model",
    partial(heads.softmax_of, histogram),
    heads.SETTINGS,
    rounds=1,
    limit=20_000,
    simplicity=5,
)
