"""Smooth random fields, of which ice, coasts, floes and weather are made."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter


def smooth_noise(rng: np.random.Generator, size: int, width: float) -> np.ndarray:
    """Gaussian noise of mean 0 and variance 1, smoothed over `width` pixels: [size, size]."""
    edge = int(3 * width) + 1  # drawn wider, so that variance is the same at the borders
    field = gaussian_filter(rng.standard_normal((size + 2 * edge,) * 2), width, mode="wrap", truncate=3)[
        edge:-edge, edge:-edge
    ]
    # A Gaussian kernel leaves 1 / (4 pi width^2) of the variance, a narrow one all of it.
    return field / min(1.0, 1 / (2 * np.sqrt(np.pi) * width))
