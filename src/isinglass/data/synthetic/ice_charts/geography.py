"""Where a scene lies: how deep in the ice each pixel is, and the coast."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt

from isinglass.data.synthetic.ice_charts.noise import smooth_noise

FAR = 41.0
"""The largest value of `distance_map`."""


def draw_cover(rng: np.random.Generator, size: int) -> np.ndarray:
    """From far out at sea (below 0) to deep in the pack (above 1): [size, size]."""
    angle, middle = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 0.75)
    across = np.linspace(-0.5, 0.5, size)
    slope = np.cos(angle) * across[:, None] + np.sin(angle) * across
    return middle + 0.9 * slope + 0.15 * smooth_noise(rng, size, size / 8)


def draw_land(rng: np.random.Generator, size: int) -> np.ndarray:
    """A coast in about half of the scenes: bool [size, size]."""
    here = rng.random() < 0.5
    field = smooth_noise(rng, size, size / 6) + np.linspace(-2.5, 2.5, size)[:, None]
    turned = np.rot90(field, int(rng.integers(4)))
    return (turned > rng.uniform(1.5, 2.5)) & here


def distance_to_land(land: np.ndarray) -> np.ndarray:
    """The distance to the nearest land in pixels, at most `FAR`."""
    if not land.any():
        return np.full(land.shape, FAR)
    return np.minimum(np.asarray(distance_transform_edt(~land)), FAR)
