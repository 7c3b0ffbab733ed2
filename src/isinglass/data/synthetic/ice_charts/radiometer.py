"""Brightness temperatures of a microwave radiometer: seven frequencies, both polarisations.

Those of 19 and 37 GHz are the tie points of Cavalieri et al. (1999), doi:10.1029/1999JC900081.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

FREQUENCIES = ("6.9", "7.3", "10.7", "18.7", "23.8", "36.5", "89.0")
"""GHz."""

WATER, FIRST_YEAR, OLD = 0, 1, 2
BRIGHTNESS = np.array(
    [
        [[82, 162], [83, 163], [88, 168], [101, 177], [125, 195], [140, 202], [195, 240]],
        [[230, 250], [230, 250], [235, 253], [243, 258], [243, 257], [240, 253], [225, 235]],
        [[220, 245], [220, 244], [214, 238], [204, 223], [192, 208], [170, 186], [160, 172]],
    ],
    np.float64,
)
"""K, [surface, frequency, side h or v]: open water, first-year ice, old ice."""

AGEING = np.array(
    [[1.0, 0.0, 0.0], [0.55, 0.45, 0.0], [0.2, 0.8, 0.0], [0.0, 1.0, 0.0], [0.0, 0.85, 0.15], [0.0, 0.1, 0.9]]
)
"""[stage, surface]: thin ice looks partly like water, old ice has lost its brine."""

FOOTPRINT = (6.0, 6.0, 4.5, 3.0, 2.5, 2.0, 1.2)
"""Standard deviation of the footprint at each frequency, pixels of the scene."""


def brightness_temperatures(
    rng: np.random.Generator, stage: np.ndarray, land: np.ndarray, wind: np.ndarray, vapour: np.ndarray
) -> list[np.ndarray]:
    """What a footprint holds, on the radiometer's coarser grid, with 0.7 K of noise: K, h and v of each frequency."""
    surface = np.where(land, 0.0, np.moveaxis(AGEING[stage], -1, 0))  # [surface, size, size]
    made = []
    for frequency, width in enumerate(FOOTPRINT):
        seen = gaussian_filter(surface, (0, width, width), mode="nearest")
        for side in range(2):
            water = (1.2, 0.5)[side] * (wind - 5) + (0.3, 0.6, 1.5, 2.5)[min(frequency // 2, 3)] * (vapour - 7)
            level = np.tensordot(BRIGHTNESS[:, frequency, side], seen, axes=1)
            level = level + seen[WATER] * water + (1 - seen.sum(axis=0)) * (255.0, 262.0)[side]
            made.append(_coarse(level + 0.7 * rng.standard_normal(stage.shape), max(1, round(width))))
    return made


def _coarse(field: np.ndarray, step: int) -> np.ndarray:
    """Every `step`-th pixel, repeated: nearest neighbours of a coarser grid."""
    grid = np.stack(np.meshgrid(*(np.arange(n) // step * step for n in field.shape), indexing="ij"))
    return map_coordinates(field, grid, order=0, mode="nearest")
