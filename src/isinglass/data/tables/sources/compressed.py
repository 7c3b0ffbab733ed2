"""Compressed texts, unpacked into memory a piece at a time and never beyond a limit, whatever they promise.

To add a compression: a function from a path to the pieces of its content, and an entry in `PACKINGS`.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import polars as pl

from isinglass.errors import DataError

LARGEST = 1 << 30
"""Bytes unpacked. Beyond, a file is unpacked on the disk better than in memory: there it is read by columns."""
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp")
PIECE = 1 << 20
LINES = 1 << 16

TEXTS = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")
"""Endings of texts with columns."""

FAULTS = (
    gzip.BadGzipFile,
    lzma.LZMAError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
)
"""What the standard library and polars raise on damaged files."""


def _pieces(file: Any) -> Iterator[bytes]:
    return iter(lambda: file.read(PIECE), b"")


def _gz(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as file:
        yield from _pieces(file)


def _bz2(path: Path) -> Iterator[bytes]:
    with bz2.open(path) as file:
        yield from _pieces(file)


def _xz(path: Path) -> Iterator[bytes]:
    with lzma.open(path) as file:
        yield from _pieces(file)


def _zst(path: Path) -> Iterator[bytes]:
    """Python has no Zstandard before 3.14; polars reads it, as lines."""
    scan = pl.scan_csv(path, separator="\x01", has_header=False, quote_char=None, infer_schema=False, new_columns=["l"])
    if not hasattr(scan, "collect_batches"):
        raise DataError("this polars reads no .zst", where=str(path), instead="a newer polars, or unpack it first.")
    for part in scan.collect_batches(chunk_size=LINES, maintain_order=True):
        yield "".join(f"{line}\n" for line in part["l"].fill_null("")).encode()


def _zip(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive, archive.open(_only_table(path, archive)) as file:
        yield from _pieces(file)


PACKINGS: dict[str, Callable[[Path], Iterator[bytes]]] = {
    ".gz": _gz, ".bz2": _bz2, ".xz": _xz, ".zst": _zst, ".zip": _zip,
}  # fmt: skip


def unpack_text(path: Path) -> np.ndarray:
    """The content of a compressed text, uint8 [byte].

    Raises:
        DataError: it is damaged or larger than `LARGEST`; a zip file holds no table, or several.
    """
    content = bytearray()
    try:
        for piece in PACKINGS[path.suffix.lower()](path):
            content += piece
            if len(content) > LARGEST:
                break
    except FAULTS as error:
        if isinstance(error, PermissionError):
            raise
        reason = str(error).split("\n")[0] or type(error).__name__
        raise DataError(f"the compressed file is damaged: {reason}", where=str(path)) from None
    if len(content) > LARGEST:
        raise DataError(
            f"the compressed file unpacks to more than {LARGEST >> 20} MiB",
            where=str(path),
            given=f"{path.stat().st_size} bytes",
            instead="unpack it first, if it is meant to be so large: a text on the disk is read by columns.",
        )
    return np.frombuffer(content, np.uint8)


def text_name(path: Path) -> str:
    """The name of the text in a compressed file, in lower case: of `a.csv.xz` it is `a.csv`; of others their own name.

    Raises DataError for a zip file that holds no table, or several.
    """
    name = path.name.lower()
    packing = path.suffix.lower()
    if packing == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return _only_table(path, archive).filename.lower()
    return name.removesuffix(packing) if packing in PACKINGS else name


def holds_table(path: Path) -> bool:
    """Whether a zip file holds texts with columns, and nothing that could be an image."""
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        names = [PurePosixPath(item.filename) for item in _files(archive)]
    kinds = {name.suffix.lower() for name in names}
    return bool(kinds & set(TEXTS)) and not kinds & set(PICTURES)


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What a user packed: no folders, nothing hidden, nothing that a Mac adds."""
    return [
        item
        for item in archive.infolist()
        if not item.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in item.filename.split("/"))
    ]


def _only_table(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    inside = _files(archive)
    found = [item for item in inside if item.filename.lower().endswith(TEXTS)]
    if len(found) != 1:
        names = [item.filename for item in found or inside]
        raise DataError(
            f"{len(found)} tables in a zip file" if found else "no table in the zip file",
            where=str(path),
            given=", ".join(names[:8]) + " ..." * (len(names) > 8),
            allowed=f"one text ({', '.join(TEXTS)})",
            instead="unpack it, and name one file.",
        )
    if found[0].flag_bits & 1:
        raise DataError("the zip file wants a password", where=str(path), instead="unpack it first.")
    return found[0]
