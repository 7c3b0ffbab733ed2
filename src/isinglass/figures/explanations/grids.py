"""Columns that are the pixels of a picture, as `pixel_3_7` of scikit-learn's digits: what belongs to them is a map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:  # a figure is drawn without loading what explains
    from isinglass.explanation.explanation import Explanation

PIXEL = re.compile(r"(?P<stem>.*pi?x(?:el)?)_(?P<row>\d+)_(?P<column>\d+)", re.IGNORECASE)
SMALLEST = 4
"""Rows and columns that a picture has at least."""
FILLED = 0.5
"""Part of its pixels that are columns, at least: those that never change are none."""


def on_grid(found: Explanation) -> Explanation:
    """Values of pixels [name, ...] as a map [height, width, ...], samples as images; all else as it is."""
    pixels = _pixels(found.spec.names)
    if pixels is None or found.spec.dims[0] not in ("name", "neighbour"):
        return found
    coords = dict(found.coords)
    for name in ("sample", "samples"):
        if name in coords and coords[name].shape[-1] == len(pixels[0]):
            coords[name] = _image(coords[name], pixels)
    changes: dict[str, Any] = {"coords": coords}
    if found.spec.dims[0] == "name" and len(found.values) == len(pixels[0]):
        dims = ("height", "width", found.spec.dims[1])
        flat = found.values.reshape(*found.values.shape[:2], -1).mean(axis=2)
        changes |= {"values": _laid(flat, pixels), "spec": replace(found.spec, dims=dims)}
    return replace(found, **changes)


def _pixels(names: Sequence[str]) -> tuple[np.ndarray, np.ndarray] | None:
    """Row and column of each name, from 0; None where the names make no picture."""
    matches = [PIXEL.fullmatch(name) for name in names]
    parts = [match.groups() for match in matches if match]
    if not parts or len(parts) < len(names) or len({stem for stem, _, _ in parts}) > 1:
        return None
    places = np.array([(int(row), int(column)) for _, row, column in parts])
    places -= places.min(axis=0)
    height, width = sides = places.max(axis=0) + 1
    if len(np.unique(places, axis=0)) < len(places) or sides.min() < SMALLEST or len(places) < FILLED * height * width:
        return None
    return places[:, 0], places[:, 1]


def _laid(values: np.ndarray, pixels: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """[name, ...] -> [height, width, ...]; nothing where there is no column."""
    found = np.full((pixels[0].max() + 1, pixels[1].max() + 1, *values.shape[1:]), np.nan)
    found[pixels] = values
    return found


def _image(values: np.ndarray, pixels: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """[..., name] -> [..., 1, height, width], from 0 to 255."""
    low, high = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 1.0)
    scaled = 255 * (values - low) / max(high - low, 1e-12)
    return np.moveaxis(_laid(np.moveaxis(scaled, -1, 0), pixels), (0, 1), (-2, -1))[..., None, :, :]
