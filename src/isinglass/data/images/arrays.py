"""Images in arrays: .npy, .npz and numpy arrays in memory."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from isinglass.data.images.listing import Found, classes_of, classes_of_codes
from isinglass.errors import DataError
from isinglass.spec import Column, Kind, Task

DEPTHS = ("uint8", "uint16", "float32")
IMAGES = ("images", "image", "x", "X", "data", "arr_0")
LABELS = ("labels", "label", "targets", "target", "y", "arr_1")
PAIRS = (("x_train", "y_train", "train"), ("x_val", "y_val", "valid"), ("x_test", "y_test", "test"))


def array_axes(path: Path) -> list[int]:
    """How many axes each array of a file has, from the headers alone; empty where it is not such a file."""
    try:
        if path.suffix == ".npy":
            with path.open("rb") as file:
                return [_axes(file)]
        with zipfile.ZipFile(path) as archive:
            return [_axes(archive.open(name)) for name in archive.namelist() if name.endswith(".npy")]
    except (OSError, ValueError, EOFError, KeyError, RuntimeError, zlib.error, zipfile.BadZipFile):
        return []


def _axes(file) -> int:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return len(read(file)[0])


def open_arrays(path: Path, *, task: str = "auto") -> Found:
    """An .npz with images and labels (`images`/`labels`, `x`/`y`, or Keras' `x_train`, `y_train`, `x_test`, ...), or
    `images.npy` beside `labels.npy`.

    Raises:
        DataError: no images, no labels, object arrays (a pickle), or numbers that do not fit.
    """
    table = _read(path)
    if "x_train" in table:
        pairs = [(table[x], table.get(y), part) for x, y, part in PAIRS if x in table]
    else:
        image = next((key for key in IMAGES if key in table), None)
        label = next((key for key in LABELS if key in table), None)
        if image is None:
            raise DataError("no array of images", where=str(path), given=list(table), allowed=IMAGES)
        pairs = [(table[image], table[label] if label else None, "")]
    for images, labels, _ in pairs:
        if labels is None or len(labels) != len(images):
            count = "no" if labels is None else str(len(labels))
            raise DataError(f"{count} labels for {len(images)} images", where=str(path), allowed=LABELS)
    stack = np.concatenate([to_stack(images, where=str(path)) for images, _, _ in pairs])
    labels = np.concatenate([np.asarray(labels) for _, labels, _ in pairs])
    labels = labels.reshape(len(stack), -1)
    names = np.array([f"{path.name}, image {k}" for k in range(1, len(stack) + 1)])
    part = np.repeat([part for *_, part in pairs], [len(images) for images, *_ in pairs]) if len(pairs) > 1 else None
    columns, targets, decided = _targets(labels, task)
    return Found(str(path), names, targets, columns, decided, part=part, pixels=stack)


def _targets(labels: np.ndarray, task: str) -> tuple[tuple[Column, ...], np.ndarray, Task]:
    single = labels.shape[1] == 1
    if task == "regression" or (labels.dtype.kind == "f" and task == "auto" and (labels != np.round(labels)).any()):
        names = ["target"] if single else [f"target {k + 1}" for k in range(labels.shape[1])]
        return tuple(Column(name, Kind.CONTINUOUS) for name in names), labels.astype(np.float64), Task.REGRESSION
    if not single:
        raise DataError("one label an image", given=f"{labels.shape[1]} labels", instead="task = 'regression'.")
    if labels.dtype.kind in "US":
        column, targets = classes_of([str(label) for label in labels[:, 0].astype(str)])
    else:
        column, targets = classes_of_codes(labels[:, 0])
    return (column,), targets, Task.CLASSIFICATION


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}
        table = {"images": np.load(path, allow_pickle=False, mmap_mode="r")}
        for name in (path.name.replace("images", "labels"), "labels.npy"):
            if name != path.name and (path.parent / name).is_file():
                return {**table, "labels": np.load(path.parent / name, allow_pickle=False)}
        return table
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"the arrays cannot be read: {error}", where=str(path)) from None


def to_stack(images: np.ndarray, *, where: str) -> np.ndarray:
    """[n, h, w], [n, h, w, c] or [n, c, h, w] as [sample, channel, height, width] in a depth of ours.

    The channel axis is the one of four axes with at most 4 values, else the smaller of the second and the last.
    """
    images = np.asarray(images)
    if images.ndim and not len(images):
        raise DataError("there are no images", where=where, given=images.shape)
    if images.ndim not in (3, 4) or 0 in images.shape:
        raise DataError("images have three or four axes", where=where, given=images.shape, allowed="[n, h, w, c]")
    if images.ndim == 3:
        images = images[:, None]
    elif images.shape[-1] < images.shape[1]:
        images = np.moveaxis(images, -1, 1)
    return in_depth(images, where)


def in_depth(images: np.ndarray, where: str) -> np.ndarray:
    """Pixels as one of `DEPTHS`. Raises DataError where they are no such numbers."""
    if images.dtype == bool:
        return images.astype(np.uint8) * np.uint8(255)
    if images.dtype.kind in "iu" and images.dtype.name not in DEPTHS:
        low, high = int(images.min()), int(images.max())
        if low < 0 or high > 65535:
            raise DataError("pixels outside of 0 to 65535", where=where, given=f"{low} to {high}")
        images = images.astype(np.uint8 if high < 256 else np.uint16)
    if images.dtype.kind == "f":
        if not np.isfinite(images).all():
            raise DataError("pixels that are not finite numbers", where=where, instead="fill them in first.")
        return images.astype(np.float32, copy=False)
    if images.dtype.name not in DEPTHS:
        raise DataError("these are not pixels", where=where, given=images.dtype, allowed=DEPTHS)
    return images
