"""What a study of images found, as pictures and numbers: the part of the report that only images have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Shown:
    """Some unseen images with what was said of them.

    Args:
        pixels: uint8 [image, height, width, 3], ready to be shown.
        observed, predicted: [image] names of classes, or numbers as text.
        probability: [image] of the predicted class, or the standard deviation of a predicted number.
        files: [image] where each came from.
    """

    pixels: np.ndarray
    observed: np.ndarray
    predicted: np.ndarray
    probability: np.ndarray
    files: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)


@dataclass(frozen=True)
class ClassScore:
    """One class on the unseen images. `precision` = right / predicted, `recall` = right / observed."""

    name: str
    images: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class FeatureMaps:
    """What one layer makes of one image: float32 [map, height, width], the liveliest maps first."""

    layer: str
    maps: np.ndarray


@dataclass(frozen=True)
class Pictures:
    """Everything about images.

    Args:
        samples: unseen images, a few of each class.
        mistakes: those that the networks were surest of and wrong about.
        classes: scores of each class.
        filters: float32 [filter, height, width, 3 or 1] of the first layer, in one range; empty without one.
        example: the image whose feature maps are shown, uint8 [height, width, 3].
        maps: of a few layers, from the input on.
        words: size, channels and depth in a sentence.
    """

    samples: Shown
    mistakes: Shown
    classes: tuple[ClassScore, ...]
    filters: np.ndarray
    example: np.ndarray
    maps: tuple[FeatureMaps, ...]
    words: str
