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

from isinglass.data.images.files.faults import LARGEST, require_size
from isinglass.data.images.files.faults import BadImageError as BadImageError
from isinglass.data.images.files.tiff import NODATA, is_tiff, nodata_of, open_tiff, tiff_shape, tifffile
from isinglass.data.images.nodata import Known, Wanted, fill, without_data


@dataclass(frozen=True)
class Header:
    """What a file says of itself before it is decoded: height and width are those after its EXIF rotation."""

    height: int
    width: int
    channels: int
    depth: str
    frames: int = 1


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
    if is_tiff(path) and tifffile() is not None:
        shape, depth = tiff_shape(path)
        require_size(shape[0] * shape[1])
        return Header(*shape, depth)
    with opened(path) as image:
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
    """As `read_image`, the pixels alone."""
    return read_image(path, read)[0]


def read_image(path: Path, read: str, nodata: Wanted = "auto") -> tuple[np.ndarray, Known | None]:
    """[height, width, channel] of uint8, uint16 or float32, and where it has data if not everywhere; read is "grey",
    "rgb" or "all". Raises BadImageError."""
    if is_tiff(path) and tifffile() is not None:
        pixels, known = _read_tiff(path, read, nodata)
        return channels_as(pixels, read), known
    from PIL import ImageOps

    with opened(path) as image:
        try:
            image.seek(0)
            image.load()
            declared = nodata_of(getattr(image, "tag_v2", {}).get(NODATA))
            pixels = _array(ImageOps.exif_transpose(image), read)
        except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
            raise BadImageError(f"damaged or cut short ({error})") from None
        pixels, known = fill(pixels, without_data(pixels, declared=declared, alpha=False, wanted=nodata))
        return channels_as(pixels, read), known


@contextmanager
def opened(path: Path) -> Iterator[Any]:
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
        require_size(image.size[0] * image.size[1])
        yield image


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


def _read_tiff(path: Path, read: str, nodata: Wanted) -> tuple[np.ndarray, Known | None]:
    found = open_tiff(path)
    if found.palette is not None:
        return found.palette[found.pixels[..., 0]], None
    pixels = found.pixels * np.uint8(255) if found.pixels.dtype == bool else found.pixels
    gaps = without_data(pixels, declared=found.nodata, alpha=found.alpha, wanted=nodata)
    pixels, known = fill(pixels, gaps)
    pixels = pixels if pixels.dtype.name in ("uint8", "uint16") else pixels.astype(np.float32)
    return pixels[..., :-1] if found.alpha and read != "all" else pixels, known
