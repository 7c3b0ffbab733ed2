"""The 24 channels of AI4Arctic, and all that is measured of a scene in their order."""

from __future__ import annotations

import numpy as np

from isinglass.data.synthetic.ice_charts.geography import distance_to_land
from isinglass.data.synthetic.ice_charts.radar import backscatter
from isinglass.data.synthetic.ice_charts.radiometer import FREQUENCIES, brightness_temperatures
from isinglass.data.synthetic.ice_charts.sigrid import VOID
from isinglass.data.synthetic.ice_charts.weather import draw_weather

CHANNELS: dict[str, str] = {
    "nersc_sar_primary": "dB",
    "nersc_sar_secondary": "dB",
    "sar_incidenceangle": "degrees",
    "distance_map": "pixels",
    **{f"btemp_{frequency.replace('.', '_')}{side}": "K" for frequency in FREQUENCIES for side in "hv"},
    "u10m_rotated": "m/s",
    "v10m_rotated": "m/s",
    "t2m": "K",
    "skt": "K",
    "tcwv": "kg/m2",
    "tclw": "kg/m2",
}
"""Channel -> unit, in the order of AI4Arctic."""

LAND_AS = 3
"""Land gets the skin temperature of this stage; for radar and radiometer it has values of its own."""


def measure(rng: np.random.Generator, truth: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """All channels: float32 [24, size, size]."""
    size, land = len(truth), truth == VOID
    stage = np.where(land, LAND_AS, truth)
    weather = draw_weather(rng, stage, cover)
    angle = np.broadcast_to(np.linspace(20, 46, size), (size, size))
    channels = [*backscatter(rng, stage, land, angle, weather.wind), angle, distance_to_land(land)]
    channels += brightness_temperatures(rng, stage, land, weather.wind, weather.vapour)
    channels += [weather.east, weather.north, weather.air, weather.skin, weather.vapour, weather.cloud]
    return np.stack(channels).astype(np.float32)
