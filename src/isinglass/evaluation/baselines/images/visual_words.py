"""A bag of visual words (Csurka et al. 2004, Visual categorization with bags of keypoints) and a linear model.

Words are the centres of k-means among patches of the training images, each brought to mean 0 and a spread of about 1
(Coates, Ng and Lee 2011, section 4). Patches are taken on a grid; each counts for its nearest word, and the counts of
each quarter of the image are kept (Lazebnik et al. 2006, doi:10.1109/CVPR.2006.68), as roots of shares.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from isinglass.evaluation.baselines.baseline import Baseline
from isinglass.evaluation.baselines.images import heads
from isinglass.evaluation.baselines.images.pixels import shrunk

WORDS, LEARNT_FROM = 128, 20_000
PIXELS = 32 * 32
"""Larger images are averaged over blocks of pixels first; so many values a channel are left."""
SIDE, STEP, QUARTERS = 6, 2, 2
SOFTENING = 0.05
"""Of a patch's variance, as a part of the mean variance: patches of nearly one colour stay faint."""
CHUNK = 256


@dataclass(frozen=True)
class Words:
    """The centres float32 [word, value] and what is added to the variance of a patch."""

    centres: np.ndarray
    softening: float

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Images -> float32 [sample, quarter x word]."""
        return np.concatenate([self._counts(images[i : i + CHUNK]) for i in range(0, len(images), CHUNK)])

    def _counts(self, images: np.ndarray) -> np.ndarray:
        found = patches(images)
        count, down, across, size = found.shape
        x = normalised(found.reshape(-1, size), self.softening)
        nearness = x @ self.centres.T - 0.5 * np.square(self.centres).sum(1)
        word = nearness.argmax(1).reshape(count, down, across)
        row, column = (np.arange(n) * QUARTERS // n for n in (down, across))
        quarter = row[:, None] * QUARTERS + column
        bins = QUARTERS**2 * len(self.centres)
        place = (np.arange(count)[:, None, None] * QUARTERS**2 + quarter) * len(self.centres) + word
        counts = np.bincount(place.ravel(), minlength=count * bins).reshape(count, bins)
        return np.sqrt(counts / (down * across), dtype=np.float32)


def patches(images: np.ndarray) -> np.ndarray:
    """float32 [sample, row, column, value]: squares of 6 pixels, 2 apart."""
    x = images.astype(np.float32, copy=False)
    side = min(SIDE, *x.shape[2:])
    windows = np.lib.stride_tricks.sliding_window_view(x, (side, side), (2, 3))[:, :, ::STEP, ::STEP]
    count, channels, down, across = windows.shape[:4]
    return windows.transpose(0, 2, 3, 1, 4, 5).reshape(count, down, across, channels * side * side)


def normalised(x: np.ndarray, softening: float) -> np.ndarray:
    """Each patch [row, value] to mean 0 and, but for the softening, variance 1."""
    away = x - x.mean(1, keepdims=True)
    return away / np.sqrt(np.square(away).mean(1, keepdims=True) + np.float32(softening))


def words(images: np.ndarray, seed: int) -> Words:
    """The words of training images, from patches drawn at random."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.exceptions import ConvergenceWarning

    numbers = np.random.default_rng((seed, 17))
    drawn = patches(images[np.sort(numbers.permutation(len(images))[: LEARNT_FROM // 20])])
    flat = drawn.reshape(-1, drawn.shape[-1])
    flat = flat[numbers.permutation(len(flat))[:LEARNT_FROM]]
    softening = SOFTENING * float(flat.var(1).mean()) + 1e-12
    x = normalised(flat, softening)
    options: dict[str, Any] = {"batch_size": 1024, "n_init": 1, "max_iter": 20, "random_state": seed & 0x7FFFFFFF}
    means = MiniBatchKMeans(min(WORDS, len(x)), **options)
    with warnings.catch_warnings():
        # Images of one colour have fewer different patches than there are words.
        warnings.simplefilter("ignore", ConvergenceWarning)
        means.fit(x)
    return Words(np.asarray(means.cluster_centers_, np.float32), softening)


def prepare(images: np.ndarray) -> np.ndarray:
    """Smaller images of the same channels."""
    return shrunk(images, PIXELS * images.shape[1])


BASELINE = Baseline(
    "visual_words",
    "a bag of visual words and a linear model",
    partial(heads.softmax_of, words),
    heads.SETTINGS,
    rounds=1,
    limit=10_000,
    simplicity=7,
    prepare=prepare,
)
