"""What a study of masks found, as pictures and numbers: the part of the report that only segmentation has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from isinglass.evaluation.intervals import Interval


@dataclass(frozen=True)
class MaskHead:
    """One mask of a study.

    Args:
        name: of the mask.
        classes: their names.
        observed, predicted: uint8 [image, height, width] of the shown images; 255 in `observed` is void.
        doubt: float32 [image, height, width], see `doubt_of`.
        confusion: int64 [class, class] of all unseen images, rows observed.
        overlap: the IoU of each class on all unseen images; NaN where it is nowhere.
        ordered: whether the classes are steps of one quantity, and are drawn as such.
    """

    name: str
    classes: tuple[str, ...]
    observed: np.ndarray
    predicted: np.ndarray
    doubt: np.ndarray
    confusion: np.ndarray
    overlap: tuple[Interval, ...]
    ordered: bool = False


@dataclass(frozen=True)
class MaskPictures:
    """Some unseen images and every mask of them.

    Args:
        pixels: uint8 [image, height, width, 3], ready to be shown.
        heads: the masks.
        files: [image] where each came from.
    """

    pixels: np.ndarray
    heads: tuple[MaskHead, ...]
    files: np.ndarray = field(default_factory=lambda: np.zeros(0, np.str_))


def predicted_of(probabilities: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """The most probable class of each head: [sample, width, h, w] -> uint8 [sample, head, h, w]."""
    return np.stack([part.argmax(axis=1) for part in _by_head(probabilities, classes)], axis=1).astype(np.uint8)


def doubt_of(probabilities: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """-sum p ln p / ln classes of each head, 0 where it is certain, 1 where all classes are equally probable:
    [sample, width, h, w] -> float32 [sample, head, h, w]."""
    found = []
    for part in _by_head(probabilities, classes):
        p = np.clip(part.astype(np.float64), 1e-12, 1.0)
        found.append(-(p * np.log(p)).sum(axis=1) / np.log(max(2, part.shape[1])))
    return np.clip(np.stack(found, axis=1), 0.0, 1.0).astype(np.float32)


def _by_head(probabilities: np.ndarray, classes: Sequence[int]) -> list[np.ndarray]:
    return np.split(probabilities, np.cumsum(classes)[:-1], axis=1)
