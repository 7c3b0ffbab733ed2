"""Pixels of rasters without data, as at the edge of a satellite's swath: found, and filled so that they say nothing.

Without data is what is no number, what the file itself declares (GDAL's no-data value, or an alpha channel that is 0),
and -9999 and its kin where nothing else is near them. A pixel of which no channel has data counts nowhere. Filled is
each channel with the mean of its own image: what a network sees there is no contrast to the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from isinglass.data.images.files.faults import BadImageError, NoDataError

Wanted = float | Literal["auto", "none"]
"""`data.nodata`."""

CUSTOMARY = (-2147483648.0, -9999999.0, -99999.0, -32768.0, -9999.0, -999.0)
"""Values that stand for no data where no header says so."""
FAR = 0.5
"""Nothing else is below this part of a customary value: elevations down to -4999 m leave -9999 alone."""
HUGE = 1e19
"""No measurement in single precision is larger: 1e20, 9.97e36 and 3.4e38 are the customary values of climate models,
NetCDF and GDAL."""


def without_data(pixels: np.ndarray, *, declared: float | None, alpha: bool, wanted: Wanted) -> dict[str, np.ndarray]:
    """Where there is no data and why, bool [height, width, channel] by what stands there; empty where all is known.

    Args:
        pixels: [height, width, channel] in the file's own depth.
        declared: the file's own value.
        alpha: the last channel is transparency.
        wanted: `data.nodata`: a value in place of the declared one, "none" for no value.
    """
    found: dict[str, np.ndarray] = {}
    whole = pixels.dtype.kind in "ub"
    if not whole:
        found["not a number"] = ~np.isfinite(pixels)
    if alpha:
        found["transparent"] = np.broadcast_to(pixels[..., -1:] == 0, pixels.shape)
    value = declared if wanted == "auto" else None if wanted == "none" else float(wanted)
    if value is not None and np.isfinite(value):
        found[f"{value:g}"] = _equal(pixels, value)
    elif wanted == "auto" and not whole:
        found |= _customary(pixels, found["not a number"])
    return {why: where for why, where in found.items() if where.any()}


def _equal(pixels: np.ndarray, value: float) -> np.ndarray:
    """Of whole numbers from 0 on a value in one channel alone is a dark or bright pixel: all channels must have it."""
    if pixels.dtype.kind == "f":
        return pixels == pixels.dtype.type(value)
    same = pixels == value
    return np.broadcast_to(same.all(axis=2, keepdims=True), same.shape) if pixels.dtype.kind == "u" else same


def _customary(pixels: np.ndarray, unknown: np.ndarray) -> dict[str, np.ndarray]:
    known = pixels[~unknown]
    found: dict[str, np.ndarray] = {}
    if not known.size:
        return found
    if known.max() >= HUGE or known.min() <= -HUGE:
        found["1e19 and more"] = ~unknown & (np.abs(pixels) >= HUGE)
        known = known[np.abs(known) < HUGE]
    for value in CUSTOMARY:
        if known.size and known.min() == value and not ((known > value) & (known < FAR * value)).any():
            found[f"{value:g}"] = pixels == value
            known = known[known != value]
    return found


@dataclass(frozen=True, eq=False)
class Known:
    """Of an image with gaps: bool [height, width], whether any channel of a pixel has data; what stands elsewhere."""

    where: np.ndarray
    why: tuple[str, ...]


def fill(pixels: np.ndarray, gaps: dict[str, np.ndarray]) -> tuple[np.ndarray, Known | None]:
    """The pixels without gaps, and where they had none. Raises NoDataError, BadImageError."""
    if not gaps:
        return pixels, None
    unknown = np.any(list(gaps.values()), axis=0)
    return filled(pixels, unknown), Known(~unknown.all(axis=2), tuple(gaps))


def filled(pixels: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Each channel's unknown pixels as the mean of its known ones, rounded where the depth is whole numbers.

    Raises:
        NoDataError: nothing is known. BadImageError: nothing of one channel.
    """
    if unknown.all():
        raise NoDataError("no pixel holds data")
    empty = np.flatnonzero(unknown.all(axis=(0, 1)))
    if len(empty):
        raise BadImageError(f"channel {empty[0] + 1} holds no data")
    made = pixels.copy()
    for channel in np.flatnonzero(unknown.any(axis=(0, 1))):
        mean = pixels[..., channel].mean(where=~unknown[..., channel], dtype=np.float64)
        made[..., channel][unknown[..., channel]] = mean if pixels.dtype.kind == "f" else round(mean)
    return made
