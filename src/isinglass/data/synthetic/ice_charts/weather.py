"""The weather of a scene, which is measured and disturbs other measurements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.data.synthetic.ice_charts.noise import smooth_noise


@dataclass(frozen=True)
class Weather:
    """Fields [height, width].

    Args:
        east: wind at 10 m, channel `u10m_rotated`, m/s.
        north: wind at 10 m, channel `v10m_rotated`, m/s.
        air: temperature at 2 m, K.
        skin: temperature of the surface, K.
        vapour: water vapour of the column of air, kg/m2.
        cloud: liquid water of the column of air, kg/m2.
    """

    east: np.ndarray
    north: np.ndarray
    air: np.ndarray
    skin: np.ndarray
    vapour: np.ndarray
    cloud: np.ndarray

    @property
    def wind(self) -> np.ndarray:
        """Speed of the wind, m/s."""
        return np.hypot(self.east, self.north)


def draw_weather(rng: np.random.Generator, stage: np.ndarray, cover: np.ndarray) -> Weather:
    """Air is colder over the pack; open water is at its freezing point, thicker ice colder at its surface."""
    size = len(stage)
    east, north = rng.normal(0.7, 4.5) + smooth_noise(rng, size, 20), rng.normal(0.6, 4.8) + smooth_noise(rng, size, 20)
    air = 272.0 - 9.0 * np.clip(cover, 0, 1) + rng.normal(0, 5) + 0.5 * smooth_noise(rng, size, 16)
    vapour = np.clip(7.7 * np.exp((air - 268.0) / 18) + smooth_noise(rng, size, 16), 1.0, None)
    cloud = np.clip(0.04 + 0.05 * smooth_noise(rng, size, 8), 0, None)
    skin = np.where(stage == 0, 271.35, np.minimum(air - 0.5 * stage, 273.15)) + 0.2 * smooth_noise(rng, size, 2)
    return Weather(east, north, air, skin, vapour, cloud)
