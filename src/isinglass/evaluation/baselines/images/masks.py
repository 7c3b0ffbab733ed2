"""Conventional methods for segmentation: each pixel by itself, from its own values and the means around it.

A method is fitted on a sample of known pixels of the training images; its predictions are kept as counts, as those of
the network are. Each head has a model of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from isinglass.evaluation.baselines.baseline import Table
from isinglass.evaluation.baselines.images import heads
from isinglass.evaluation.baselines.images.stack import STRENGTHS
from isinglass.evaluation.pixels import VOID
from isinglass.spec import Task

RADII = (1, 4, 12)
"""Of the squares around a pixel whose means it also has: sides of 3, 9 and 25 pixels."""

PIXELS, EACH = 100_000, 2_000
"""Known pixels that are learnt from, and how many of one image at most."""

MaskPredictor = Callable[[np.ndarray], np.ndarray]
"""images [sample, channel, height, width] -> uint8 [sample, head, height, width], a class for each pixel."""


@dataclass(frozen=True)
class MaskBaseline:
    """One conventional method for segmentation.

    Attributes:
        name: its key.
        title: its name in a sentence.
        fit: (images, masks, weights, classes of each head, seed) -> MaskPredictor.
        simplicity: 0 for the simplest.
    """

    name: str
    title: str
    fit: Callable[[np.ndarray, np.ndarray, np.ndarray, tuple[int, ...], int], MaskPredictor]
    simplicity: int = 0

    tasks: ClassVar[tuple[Task, ...]] = (Task.SEGMENTATION,)


def fit_majority(
    images: np.ndarray, masks: np.ndarray, weights: np.ndarray, classes: tuple[int, ...], seed: int
) -> MaskPredictor:
    """The most frequent class of each head, everywhere."""
    counts = [_counts(masks[:, head], weights, count) for head, count in enumerate(classes)]
    most = np.array([count.argmax() for count in counts], np.uint8)[:, None, None]

    def predict(inputs: np.ndarray) -> np.ndarray:
        shape = (len(inputs), len(classes), *inputs.shape[2:])
        return np.broadcast_to(most, shape).copy()

    return predict


def fit_pixels(
    images: np.ndarray, masks: np.ndarray, weights: np.ndarray, classes: tuple[int, ...], seed: int
) -> MaskPredictor:
    """Logistic regression on a pixel's channels, the means around it, and its place in the image.

    The penalty is chosen by the log loss on the pixels of one image in five.
    """
    place = _places(masks, seed)
    x = np.concatenate([features(images[[sample]])[0][:, at].T for sample, at in enumerate(place)])
    owner = np.repeat(np.arange(len(images)), [len(at) for at in place])
    labels = np.concatenate([masks[sample].reshape(len(classes), -1)[:, at].T for sample, at in enumerate(place)])
    models = [
        _model(x, labels[:, head], weights[owner], owner, count=count, seed=seed) for head, count in enumerate(classes)
    ]

    def predict(inputs: np.ndarray) -> np.ndarray:
        return np.stack([_predicted(image, models) for image in inputs])

    return predict


def features(images: np.ndarray) -> np.ndarray:
    """Images [sample, channel, height, width] -> float32 [sample, feature, pixel].

    Features: the channels, their means over squares of `RADII` (cut at the border), row and column from -1 to 1 and
    their squares.
    """
    x = images.astype(np.float32)
    count, _, height, width = x.shape
    row, column = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    places = np.stack([row, column, row * row, column * column]).astype(np.float32)
    parts = [x, *(_means(x, radius) for radius in RADII), np.broadcast_to(places, (count, *places.shape))]
    return np.concatenate(parts, axis=1).reshape(count, -1, height * width)


def _means(x: np.ndarray, radius: int) -> np.ndarray:
    """Means over the square of a radius around each pixel, of what of it lies inside the image."""
    for axis in (2, 3):
        size = x.shape[axis]
        start = np.maximum(np.arange(size) - radius, 0)
        stop = np.minimum(np.arange(size) + radius + 1, size)
        sums = np.cumsum(x, axis=axis, dtype=np.float64)
        sums = np.concatenate([np.zeros_like(sums.take([0], axis)), sums], axis=axis)
        shape = [1] * 4
        shape[axis] = size
        x = ((sums.take(stop, axis) - sums.take(start, axis)) / (stop - start).reshape(shape)).astype(np.float32)
    return x


def _places(masks: np.ndarray, seed: int) -> list[np.ndarray]:
    """Pixels of each image to learn from: known in some head."""
    numbers = np.random.default_rng((seed, 19))
    each = min(EACH, max(PIXELS // len(masks), 1))
    known = (np.flatnonzero((mask != VOID).any(0)) for mask in masks)
    return [np.sort(numbers.permutation(at)[:each]) for at in known]


def _model(
    x: np.ndarray, label: np.ndarray, weights: np.ndarray, owner: np.ndarray, *, count: int, seed: int
) -> Callable[[np.ndarray], np.ndarray]:
    """x [pixel, feature] -> the class of each pixel, uint8."""
    known = label != VOID
    if not known.any():
        return lambda inputs: np.zeros(len(inputs), np.uint8)
    centre, spread = x[known].mean(0), x[known].std(0)
    scale = partial(_scaled, centre=centre, spread=np.where(spread > 0, spread, 1.0))
    table = Table(scale(x[known]), label[known, None].astype(float), weights[known], (), Task.CLASSIFICATION, count)
    held = owner[known] % 5 == 0
    setting = _best(table, held, seed) if held.any() and not held.all() else len(STRENGTHS) - 1
    predict = heads.softmax(table.inputs, table, seed)
    return lambda inputs: predict(scale(inputs))[setting].argmax(1).astype(np.uint8)


def _scaled(x: np.ndarray, *, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
    return (x - centre) / spread


def _best(table: Table, held: np.ndarray, seed: int) -> int:
    """The penalty with the smallest log loss on held-out images."""
    rest, judged = table.take(np.flatnonzero(~held)), table.take(np.flatnonzero(held))
    probability = heads.softmax(rest.inputs, rest, seed)(judged.inputs)
    chosen = np.take_along_axis(probability, judged.targets[None].astype(np.int64), axis=2)[:, :, 0]
    return int((np.log(np.maximum(chosen, 1e-30)) @ judged.weights).argmax())


def _predicted(image: np.ndarray, models: list[Callable[[np.ndarray], np.ndarray]]) -> np.ndarray:
    x = features(image[None])[0].T
    return np.stack([model(x).reshape(image.shape[1:]) for model in models])


def _counts(masks: np.ndarray, weights: np.ndarray, classes: int) -> np.ndarray:
    """Weighted pixels of each class."""
    found = np.zeros(classes)
    for mask, weight in zip(masks, weights, strict=True):
        found += weight * np.bincount(mask[mask != VOID], minlength=classes)[:classes]
    return found


MAJORITY = MaskBaseline("mean", "the most frequent class", fit_majority, simplicity=0)
PIXELWISE = MaskBaseline("linear", "a linear model of each pixel and the means around it", fit_pixels, simplicity=1)
