"""All masks of a set counted before anything is decided about them: which values, how many pixels, how they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from isinglass.data.images.masks.files import Kind, Stored

KEPT = 4096
"""Values of one mask whose places are told; a mask with more is a picture."""
WIDE = 1 << 17
"""Numbers below this are counted by place, larger ones by sorting."""


@dataclass(frozen=True, eq=False)
class Tally:
    """What one mask, or all of them, hold.

    Args:
        values: int64 [value], rising.
        pixels: [value] how many.
        alike: [value] how many of them have a neighbour (left, right, above, below) of the same value.
        between: [value] how many lie between a darker and a brighter neighbour on opposite sides.
        kind: of the file, see `Stored`.
        palette: as `Stored`.
        lossy: as `Stored`.
        masks: [value] how many masks hold it.
    """

    values: np.ndarray
    pixels: np.ndarray
    alike: np.ndarray
    between: np.ndarray
    kind: Kind = "numbers"
    palette: np.ndarray | None = None
    lossy: bool = False
    masks: np.ndarray | None = None

    def renamed(self, values: np.ndarray) -> Tally:
        """With other values [value], which may coincide."""
        return merged([replace(self, values=values)])


def tally_of(mask: Stored) -> Tally:
    """Of one mask."""
    values, place = _places(mask.values)
    pixels = np.bincount(place.ravel(), minlength=len(values))
    if len(values) <= 2 or len(values) > KEPT:
        alike, between = pixels, np.zeros_like(pixels)
    else:
        alike, between = _neighbours(place, _brightness(values, mask)[place], len(values))
    return Tally(values, pixels, alike, between, mask.kind, mask.palette, mask.lossy)


def merged(tallies: Sequence[Tally]) -> Tally:
    """Of all masks together; kind and palette are those of the first."""
    values, place = np.unique(np.concatenate([one.values for one in tallies]), return_inverse=True)

    def total(parts: list[np.ndarray]) -> np.ndarray:
        return np.bincount(place, np.concatenate(parts), len(values)).astype(np.int64)

    return replace(
        tallies[0],
        values=values,
        pixels=total([one.pixels for one in tallies]),
        alike=total([one.alike for one in tallies]),
        between=total([one.between for one in tallies]),
        lossy=any(one.lossy for one in tallies),
        masks=total([np.ones(len(one.values)) if one.masks is None else one.masks for one in tallies]),
    )


def _places(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values, rising, and the place of each pixel's among them."""
    if values.min() >= 0 and values.max() < WIDE:
        present = np.flatnonzero(np.bincount(values.ravel()))
        table = np.zeros(int(present[-1]) + 1, np.int64)
        table[present] = np.arange(len(present))
        return present, table[values]
    found, place = np.unique(values, return_inverse=True)
    return found, place.reshape(values.shape)


def _brightness(values: np.ndarray, mask: Stored) -> np.ndarray:
    if mask.kind == "palette" and mask.palette is not None:
        return mask.palette[np.clip(values, 0, len(mask.palette) - 1)].sum(1, dtype=np.int64)
    if mask.kind == "colours":
        return (values >> 24) + (values >> 16 & 255) + (values >> 8 & 255) + (values & 255)
    return values


def _neighbours(place: np.ndarray, light: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    alike, between = np.zeros(place.shape, bool), np.zeros(place.shape, bool)
    for here, lit, same, amid in ((place, light, alike, between), (place.T, light.T, alike.T, between.T)):
        equal = here[1:] == here[:-1]
        same[1:] |= equal
        same[:-1] |= equal
        rise = np.sign(np.diff(lit, axis=0))
        amid[1:-1] |= rise[1:] * rise[:-1] > 0
    return np.bincount(place[alike], minlength=count), np.bincount(place[between], minlength=count)
