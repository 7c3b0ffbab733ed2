"""Why an image file cannot be used."""

from __future__ import annotations

LARGEST = 89_478_485
"""Pixels of one image; more are refused as a decompression bomb (Pillow's own limit, a quarter of a gigabyte)."""


class BadImageError(Exception):
    """Why a file cannot be used, in a few words; the reader of the folder adds its name."""


class NoDataError(BadImageError):
    """A raster of which no pixel holds data: whole, but nothing to learn from."""


def require_size(pixels: int) -> None:
    """Raises BadImageError for a decompression bomb."""
    if pixels > LARGEST:
        raise BadImageError(f"{pixels} pixels, at most {LARGEST} are read; make it smaller, or cut it into pieces")
