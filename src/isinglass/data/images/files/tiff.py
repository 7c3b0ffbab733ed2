"""TIFF files of every kind, as tifffile reads them: bands, depths and palettes that Pillow does not know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isinglass.data.images.files.faults import BadImageError, require_size

STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
NODATA = 42113
"""GDAL's tag of the value that stands for no data, a text."""
AXES = {
    "Q": "pages",
    "I": "pages",
    "Z": "depths",
    "T": "times",
    "Y": "rows",
    "X": "columns",
    "S": "colours",
    "C": "channels",
}
PALETTE = 3
ALPHA = (1, 2)
"""Kinds of an extra sample that is an alpha channel (TIFF 6.0, section 18)."""


@dataclass(frozen=True, eq=False)
class Tiff:
    """A decoded TIFF as it is stored.

    Args:
        pixels: [height, width, channel] in the file's own depth.
        nodata: the value that the file declares to stand for no data.
        alpha: whether the last channel is transparency.
        palette: uint8 [colour, 3], where pixels are places in it.
    """

    pixels: np.ndarray
    nodata: float | None = None
    alpha: bool = False
    palette: np.ndarray | None = None


def tifffile() -> Any:
    """The library, or None where it is not there."""
    try:
        import tifffile
    except ImportError:
        return None
    return tifffile


def is_tiff(path: Path) -> bool:
    """By its first bytes. Raises BadImageError where it cannot be opened."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except PermissionError:
        raise BadImageError("no permission to read it") from None
    except OSError as error:
        raise BadImageError(error.strerror or str(error)) from None
    if not start:
        raise BadImageError("an empty file")
    return start in STARTS


@contextmanager
def _opened(path: Path, trouble: str) -> Iterator[Any]:
    try:
        with tifffile().TiffFile(path) as file:
            yield file
    except Exception as error:  # a damaged TIFF may raise nearly anything
        raise BadImageError(f"{trouble} ({error})") from None


def tiff_shape(path: Path) -> tuple[tuple[int, int, int], str]:
    """Height, width and channels, and the depth of ours. Raises BadImageError."""
    with _opened(path, "a damaged TIFF") as file:
        series = file.series[0]
        shape, axes, kind = series.shape, series.axes, series.dtype
    if len(shape) not in (2, 3) or "Y" not in axes or "X" not in axes:
        pages = " x ".join(f"{size} {AXES.get(axis, axis)}" for size, axis in zip(shape, axes, strict=True))
        raise BadImageError(f"a TIFF of {pages}; one image a file is read: write each page as a file of its own")
    rest = [size for size, axis in zip(shape, axes, strict=True) if axis not in "YX"]
    sizes = (shape[axes.index("Y")], shape[axes.index("X")], rest[0] if rest else 1)
    return sizes, {"uint8": "uint8", "uint16": "uint16", "bool": "uint8"}.get(str(kind), "float32")


def open_tiff(path: Path) -> Tiff:
    """Raises BadImageError."""
    (height, width, channels), _ = tiff_shape(path)
    require_size(height * width)
    with _opened(path, "a TIFF that cannot be decoded") as file:
        page = file.pages[0]
        axes, pixels = file.series[0].axes, file.series[0].asarray()
        palette = page.colormap if page.photometric == PALETTE else None
        alpha = channels > 1 and bool(page.extrasamples) and int(page.extrasamples[-1]) in ALPHA
        nodata = nodata_of(page.tags.valueof(NODATA))
    if pixels.size != height * width * channels:
        raise BadImageError("a TIFF that cannot be decoded (pixels are missing)")
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    order = [axes.index("Y"), axes.index("X"), next((k for k, axis in enumerate(axes) if axis not in "YX"), 2)]
    pixels = pixels.transpose(order).reshape(height, width, channels)
    colours = None if palette is None else (palette >> 8).astype(np.uint8).T
    return Tiff(pixels, nodata, alpha, colours)


def nodata_of(text: Any) -> float | None:
    """The number in GDAL's tag; None where there is none."""
    try:
        return None if text is None else float(str(text).strip().strip("\0"))
    except ValueError:
        return None
