"""IDX files, the format of MNIST: two zero bytes, type, number of axes, sizes (big endian), values."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

import numpy as np

from isinglass.data.images.listing import Found, classes_of_codes
from isinglass.errors import DataError

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
NAME = re.compile(r"^(?P<part>.+?)[-_.](?P<what>images|labels)[-_.]idx[13][-_.]u?byte(\.gz)?$")


def idx_parts(folder: Path) -> dict[str, dict[str, Path]]:
    """{part: {"images": path, "labels": path}} of a folder; empty where it holds no IDX files."""
    found: dict[str, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        match = NAME.match(path.name)
        if match and path.is_file():
            found.setdefault(match["part"], {}).setdefault(match["what"], path)
    return {part: files for part, files in found.items() if "images" in files}


def open_idx(folder: Path) -> Found:
    """All parts of a folder: `train-...` is the training part, `t10k-...` and `test-...` the test part.

    Raises:
        DataError: a file is damaged, its labels are missing or are not as many as the images.
    """
    pixels, labels, names, parts = [], [], [], []
    for part, files in sorted(idx_parts(folder).items(), key=lambda item: item[0] in ("t10k", "test")):
        images = read_idx(files["images"])
        if images.ndim != 3:
            raise DataError("IDX images have three axes", where=str(files["images"]), given=images.shape)
        pixels.append(images[:, None])
        labels.append(_labels(files, len(images)))
        names += [f"{files['images'].name}, image {k}" for k in range(1, len(images) + 1)]
        parts += ["test" if part in ("t10k", "test") else "valid" if part.startswith("val") else "train"] * len(images)
    _require_one_size(pixels, folder)
    column, targets = classes_of_codes(np.concatenate(labels))
    part = np.array(parts) if len(set(parts)) > 1 else None
    stack = pixels[0] if len(pixels) == 1 else np.concatenate(pixels)
    return Found(str(folder), np.array(names), targets, (column,), part=part, pixels=stack)


def _require_one_size(pixels: list[np.ndarray], folder: Path) -> None:
    sizes = {images.shape[1:] for images in pixels}
    if len(sizes) > 1:
        raise DataError("the parts have images of different sizes", where=str(folder), given=sorted(sizes))


def _labels(files: dict[str, Path], count: int) -> np.ndarray:
    if "labels" not in files:
        wanted = files["images"].name.replace("images", "labels").replace("idx3", "idx1")
        raise DataError("the labels are missing", where=str(files["images"]), instead=f"put {wanted} beside it.")
    labels = read_idx(files["labels"])
    if labels.shape != (count,):
        raise DataError(f"{labels.size} labels for {count} images", where=str(files["labels"]))
    return labels


def read_idx(path: Path) -> np.ndarray:
    """One file, compressed or not, in the processor's byte order. Raises DataError where it is damaged."""
    try:
        raw = path.read_bytes()
        content = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"the file cannot be read: {error}", where=str(path)) from None
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in TYPES:
        raise DataError("not an IDX file", where=str(path), given=content[:4].hex(" ") or "an empty file")
    axes, kind = content[3], np.dtype(TYPES[content[2]])
    start = 4 + 4 * axes
    if len(content) < start:
        raise DataError("the IDX header is cut short", where=str(path))
    shape = tuple(np.frombuffer(content, ">u4", axes, 4).tolist())
    wanted = int(np.prod(shape, dtype=object)) * kind.itemsize
    if len(content) - start != wanted:
        raise DataError(
            f"the header promises {wanted} bytes of values, there are {len(content) - start}",
            where=str(path),
            instead="fetch the file again.",
        )
    return np.frombuffer(content, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="), copy=False)
