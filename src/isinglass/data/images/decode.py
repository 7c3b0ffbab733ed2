"""One image file, as an array: whatever its format, mode and rotation; or one sentence why not."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LARGEST = 89_478_485
"""Pixels of one image; more are refused as a decompression bomb (Pillow's own limit, a quarter of a gigabyte)."""

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


class BadImageError(Exception):
    """Why a file cannot be used, in a few words; the reader of the folder adds its name."""


@dataclass(frozen=True)
class Header:
    """What a file says of itself before it is decoded: height and width are those after its EXIF rotation."""

    height: int
    width: int
    channels: int
    depth: str
    frames: int = 1


@dataclass(frozen=True)
class MaskHeader:
    """What a mask says of itself: height and width as it is stored, and channels (a palette is one)."""

    size: tuple[int, int]
    channels: int


@contextmanager
def quiet() -> Iterator[None]:
    """Pillow's warnings about odd metadata are not the user's concern; its warning about bombs is an error."""
    from PIL import Image

    reader = logging.getLogger("tifffile")  # which logs every oddity; what matters it raises
    level = reader.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        reader.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            reader.setLevel(level)


def read_header(path: Path) -> Header:
    """Raises BadImageError."""
    if _is_tiff(path) and _tifffile() is not None:
        shape, depth = _tiff_shape(path)
        _require_size(shape[0] * shape[1])
        return Header(*shape, depth)
    with _opened(path) as image:
        channels, depth = _mode(image)
        try:
            # Of a PNG Pillow would decode all pixels to look for EXIF behind them.
            exif = image.getexif() if image.format != "PNG" or "exif" in image.info else {}
            frames = getattr(image, "n_frames", 1)
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise BadImageError(f"damaged or cut short ({error})") from None
        width, height = image.size[::-1] if exif.get(274, 1) in (5, 6, 7, 8) else image.size
        return Header(height, width, channels, depth, frames)


def read_pixels(path: Path, read: str) -> np.ndarray:
    """[height, width, channel] of uint8, uint16 or float32; read is "grey", "rgb" or "all". Raises BadImageError."""
    if _is_tiff(path) and _tifffile() is not None:
        return channels_as(_read_tiff(path), read)
    from PIL import ImageOps

    with _opened(path) as image:
        try:
            image.seek(0)
            image.load()
            image = ImageOps.exif_transpose(image)
            return channels_as(_array(image, read), read)
        except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
            raise BadImageError(f"damaged or cut short ({error})") from None


def read_mask_header(path: Path) -> MaskHeader:
    """Raises BadImageError."""
    with _opened(path) as image:
        return MaskHeader(image.size[::-1], len(image.getbands()))


def read_mask(path: Path) -> np.ndarray:
    """A mask as it is stored: class numbers or palette indices [height, width], or colours [height, width, 3]."""
    with _opened(path) as image:
        try:
            image.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise BadImageError(f"damaged or cut short ({error})") from None
        if image.mode in ("P", "L", "I;16", "I", "1"):
            return np.asarray(image).astype(np.int64)
        return np.asarray(image.convert("RGB"))


def _is_tiff(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except PermissionError:
        raise BadImageError("no permission to read it") from None
    except OSError as error:
        raise BadImageError(error.strerror or str(error)) from None
    if not start:
        raise BadImageError("an empty file")
    return start in TIFF


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(path)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImageError(f"more than {LARGEST} pixels; make it smaller, or cut it into pieces") from None
    except UnidentifiedImageError:
        extra = (
            "; `pip install 'isinglass[images]'` reads more kinds of TIFF" if path.suffix.lower()[:4] == ".tif" else ""
        )
        raise BadImageError(f"not an image that can be read{extra}") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise BadImageError(str(error)) from None
    with image:
        _require_size(image.size[0] * image.size[1])
        yield image


def _require_size(pixels: int) -> None:
    if pixels > LARGEST:
        raise BadImageError(f"{pixels} pixels, at most {LARGEST} are read; make it smaller, or cut it into pieces")


def _mode(image: Any) -> tuple[int, str]:
    if image.mode.startswith("I"):
        return 1, "uint16"
    if image.mode == "F":
        return 1, "float32"
    return (1 if image.mode in ("1", "L", "LA", "La") else 4 if image.mode in ("RGBA", "RGBa", "PA") else 3), "uint8"


def _array(image: Any, read: str) -> np.ndarray:
    from PIL import Image

    if image.mode == "F":
        return np.asarray(image)[..., None]
    if image.mode.startswith("I"):
        return np.clip(np.asarray(image), 0, 65535).astype(np.uint16)[..., None]
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))[..., None]
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        if read == "all":
            return np.asarray(image)
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return np.asarray(image.convert("RGB"))


def channels_as(pixels: np.ndarray, read: str) -> np.ndarray:
    """[height, width, channel] as grey or red, green, blue; "all" leaves it. Raises BadImageError."""
    count = pixels.shape[2]
    if read == "rgb" and count != 3:
        if count == 2 or count > 4:
            raise BadImageError(f"{count} channels; write channels = 'all'")
        return np.repeat(pixels[..., :1], 3, axis=2) if count == 1 else pixels[..., :3]
    if read == "grey" and count > 1:
        if count not in (3, 4):
            raise BadImageError(f"{count} channels; write channels = 'all'")
        grey = pixels[..., :3] @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
        return (np.round(grey) if pixels.dtype.kind == "u" else grey).astype(pixels.dtype)[..., None]
    return pixels


def _tifffile() -> Any:
    try:
        import tifffile
    except ImportError:
        return None
    return tifffile


@contextmanager
def _opened_tiff(path: Path, trouble: str) -> Iterator[Any]:
    try:
        with _tifffile().TiffFile(path) as file:
            yield file
    except Exception as error:  # a damaged TIFF may raise nearly anything
        raise BadImageError(f"{trouble} ({error})") from None


def _tiff_shape(path: Path) -> tuple[tuple[int, int, int], str]:
    with _opened_tiff(path, "a damaged TIFF") as file:
        series = file.series[0]
        shape, axes, kind = series.shape, series.axes, series.dtype
    if len(shape) not in (2, 3) or "Y" not in axes or "X" not in axes:
        raise BadImageError(f"a TIFF with axes {axes}; one image a file is read")
    rest = [size for size, axis in zip(shape, axes, strict=True) if axis not in "YX"]
    sizes = (shape[axes.index("Y")], shape[axes.index("X")], rest[0] if rest else 1)
    return sizes, {"uint8": "uint8", "uint16": "uint16", "bool": "uint8"}.get(str(kind), "float32")


def _read_tiff(path: Path) -> np.ndarray:
    (height, width, channels), depth = _tiff_shape(path)
    _require_size(height * width)
    with _opened_tiff(path, "a TIFF that cannot be decoded") as file:
        axes = file.series[0].axes
        pixels = file.series[0].asarray()
        palette = file.pages[0].colormap if file.pages[0].photometric == 3 else None
    if pixels.size != height * width * channels:
        raise BadImageError("a TIFF that cannot be decoded (pixels are missing)")
    if palette is not None:
        return (palette[:, pixels] >> 8).astype(np.uint8).transpose(1, 2, 0)
    if pixels.dtype == bool:
        pixels = pixels * np.uint8(255)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    order = [axes.index("Y"), axes.index("X"), next((k for k, axis in enumerate(axes) if axis not in "YX"), 2)]
    pixels = pixels.transpose(order).astype(depth)
    if not np.isfinite(pixels).all():
        raise BadImageError("pixels that are not finite numbers")
    return pixels.reshape(height, width, channels)
