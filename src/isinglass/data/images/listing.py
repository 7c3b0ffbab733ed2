"""What every source of images gives: pixels or files, what is to be predicted of them, and their official parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from isinglass.data.images.schema import Coding
from isinglass.errors import DataError
from isinglass.spec import Column, Kind, Task

PARTS = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
}
"""Names of folders, and what part they are."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")


@dataclass(frozen=True, eq=False)
class Found:
    """Images before they are one array: either `pixels` or `paths`.

    Args:
        where: for messages.
        names: text [sample]: where each image comes from.
        targets: float64 [sample, out]; None for masks.
        columns: what is predicted.
        part: "train", "valid" or "test" [sample], where the source has official parts.
        pixels: [sample, channel, height, width].
        paths, masks: files of images and of their masks.
        root: the folder in which class names of masks may stand.
        native: whether `pixels` have the size in which they were stored.
        coding: what the values of masks mean.
        known: bool [sample, height, width], whether a pixel has data; None: all have.
    """

    where: str
    names: np.ndarray
    targets: np.ndarray | None
    columns: tuple[Column, ...]
    task: Task = Task.CLASSIFICATION
    part: np.ndarray | None = None
    pixels: np.ndarray | None = None
    paths: tuple[Path, ...] = ()
    masks: tuple[Path, ...] = ()
    root: Path | None = None
    weights: np.ndarray | None = None
    coords: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    native: bool = False
    coding: Coding | None = None
    known: np.ndarray | None = None


def classes_of(labels: Sequence[str], name: str = "class", known: Sequence[str] = ()) -> tuple[Column, np.ndarray]:
    """The column of a class and float64 [sample, 1]; whole numbers are ordered by size, texts by alphabet."""
    found = sorted(set(labels), key=_order)
    categories = tuple(known) if known else tuple(found)
    place = {category: index for index, category in enumerate(categories)}
    targets = np.array([place[label] for label in labels], np.float64)[:, None]
    return Column(name, Kind.CATEGORICAL, "", categories), targets


def classes_of_codes(codes: np.ndarray, names: Sequence[str] = ()) -> tuple[Column, np.ndarray]:
    """As `classes_of` for whole numbers [sample], with names for 0, 1, 2 ... where these are known."""
    codes = np.asarray(codes).astype(np.int64).reshape(-1)
    if names and codes.size and codes.min() >= 0 and codes.max() < len(names):
        return Column("class", Kind.CATEGORICAL, "", tuple(names)), codes.astype(np.float64)[:, None]
    values, index = np.unique(codes, return_inverse=True)
    return Column("class", Kind.CATEGORICAL, "", tuple(map(str, values.tolist()))), index.astype(np.float64)[:, None]


def _order(label: str) -> tuple[int, int, str]:
    return (0, int(label), label) if label.isascii() and label.isdigit() else (1, 0, label)


def require_images(count: int, where: str) -> None:
    """Raise DataError where there are fewer than two images to study."""
    if count < 2:
        what = "no image" if count == 0 else "one image is not enough: nothing is left to test on"
        raise DataError(what, where=where, allowed=f"files that end in {', '.join(SUFFIXES)}")
