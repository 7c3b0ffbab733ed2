"""One mask file as it is stored: numbers, places in a palette, or colours; nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from isinglass.data.images.files.decode import opened
from isinglass.data.images.files.faults import BadImageError
from isinglass.data.images.files.tiff import is_tiff, open_tiff, tiff_shape, tifffile

Kind = Literal["numbers", "bits", "palette", "colours"]
VOID = 255
"""What does not count, among the numbers of classes."""
LOSSY = ("JPEG", "MPO", "WEBP", "JPEG2000")
"""Formats that may change values."""


@dataclass(frozen=True)
class MaskHeader:
    """What a mask says of itself: height and width as it is stored, and channels (a palette is one)."""

    size: tuple[int, int]
    channels: int


@dataclass(frozen=True, eq=False)
class Stored:
    """A mask as it is stored.

    Args:
        values: int64 [height, width]. Numbers and places in a palette as they are, bits as 0 and 1, colours as
            ((red * 256 + green) * 256 + blue) * 256 + alpha; -1 where the file itself says that nothing is known.
        kind: what they are.
        palette: uint8 [colour, 3].
        lossy: whether the format may have changed values.
    """

    values: np.ndarray
    kind: Kind = "numbers"
    palette: np.ndarray | None = None
    lossy: bool = False


def read_mask_header(path: Path) -> MaskHeader:
    """Raises BadImageError."""
    if is_tiff(path) and tifffile() is not None:
        (height, width, channels), _ = tiff_shape(path)
        return MaskHeader((height, width), channels)
    with opened(path) as image:
        return MaskHeader(image.size[::-1], len(image.getbands()))


def read_mask(path: Path) -> Stored:
    """Raises BadImageError."""
    if is_tiff(path) and tifffile() is not None:
        return _of_tiff(path)
    with opened(path) as image:
        try:
            image.load()
            return _of_image(image)
        except (OSError, SyntaxError, ValueError) as error:
            raise BadImageError(f"damaged or cut short ({error})") from None


def _of_image(image: Any) -> Stored:
    lossy = image.format in LOSSY
    if image.mode == "F":
        return Stored(_whole(np.asarray(image)), lossy=lossy)
    if image.mode == "1":
        return Stored(np.asarray(image).astype(np.int64), "bits")
    if image.mode == "P":
        flat = image.getpalette("RGB") or []
        palette = np.zeros((256, 3), np.uint8)
        palette[: len(flat) // 3] = np.array(flat[: len(flat) // 3 * 3], np.uint8).reshape(-1, 3)
        values = np.asarray(image).astype(np.int64)
        if image.format == "GIF" and (palette == palette[:, :1]).all():
            return Stored(palette[values, 0].astype(np.int64))  # writers of GIF renumber the shades: 0, 255 as 0, 1
        return Stored(values, "palette", palette)
    if image.mode == "L" or image.mode.startswith("I"):
        return Stored(np.asarray(image).astype(np.int64), lossy=lossy)
    return Stored(packed(np.asarray(image.convert("RGBA"))), "colours", lossy=lossy)


def _of_tiff(path: Path) -> Stored:
    found = open_tiff(path)
    pixels, count = found.pixels, found.pixels.shape[2]
    if count == 1:
        plane = pixels[..., 0]
        values = _whole(plane)
        if found.nodata is not None:
            values = np.where(plane == found.nodata, -1, values)
        kind: Kind = "bits" if pixels.dtype == bool else "numbers" if found.palette is None else "palette"
        return Stored(values, kind, found.palette)
    if count not in (2, 3, 4) or pixels.dtype != np.uint8:
        raise BadImageError(f"a mask of {count} channels of {pixels.dtype}; one number or one colour a pixel is read")
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    colours = np.repeat(pixels[..., :1], 3, axis=2) if count == 2 else pixels[..., :3]
    return Stored(packed(np.concatenate([colours, pixels[..., 3:] if count == 4 else opaque], axis=2)), "colours")


def _whole(values: np.ndarray) -> np.ndarray:
    """Real numbers that are whole ones; what is no number is -1."""
    if values.dtype.kind != "f":
        return values.astype(np.int64)
    known = np.isfinite(values) & (np.abs(values) < 2**31)
    whole = np.where(known, values, -1).astype(np.int64)
    if (whole != np.where(known, values, -1)).any():
        raise BadImageError("a mask of real numbers; classes are whole ones")
    return whole


def packed(colours: np.ndarray) -> np.ndarray:
    """uint8 [height, width, 4] as one number a pixel; of what is transparent the colour says nothing."""
    parts = colours.astype(np.int64)
    values = ((parts[..., 0] << 8 | parts[..., 1]) << 8 | parts[..., 2]) << 8 | parts[..., 3]
    return np.where(parts[..., 3] == 0, 0, values)
