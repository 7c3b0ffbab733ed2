"""Backscatter of a synthetic aperture radar, HH and HV."""

from __future__ import annotations

import numpy as np

from isinglass.data.synthetic.ice_charts.noise import smooth_noise

BACKSCATTER = np.array([[-20.5, -30.5], [-19.0, -28.5], [-13.5, -25.5], [-14.5, -25.0], [-12.5, -23.0], [-9.0, -17.5]])
"""dB at 34 degrees, [stage, HH or HV]; water at a wind of 5 m/s."""

ANGLE_SLOPE = np.array([-0.45, -0.25, -0.22, -0.22, -0.2, -0.15])
"""dB per degree of incidence angle, of HH, by stage."""

LOOKS = 12
"""Speckle is a gamma variable of this shape: 1.3 dB."""


def backscatter(
    rng: np.random.Generator, stage: np.ndarray, land: np.ndarray, angle: np.ndarray, wind: np.ndarray
) -> list[np.ndarray]:
    """HH and HV in dB: the kind of ice, the wind on water, the incidence angle, speckle."""
    made = []
    for side, steepness in enumerate((1.0, 0.3)):
        level = BACKSCATTER[stage, side] + steepness * ANGLE_SLOPE[stage] * (angle - 34)
        level = level + np.where(stage == 0, (10, 5)[side] * np.log10(np.clip(wind, 0.5, None) / 5), 0)
        level = np.where(land, (-11.0, -20.0)[side], level) + 0.5 * smooth_noise(rng, len(stage), 1.5)
        speckle = 10 * np.log10(rng.gamma(LOOKS, 1 / LOOKS, stage.shape))
        made.append(level + speckle)
    return made
