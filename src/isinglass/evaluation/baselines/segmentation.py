"""Conventional methods for segmentation on exactly the training and test images that the network has."""

from __future__ import annotations

from typing import Any

import numpy as np

from isinglass.data.splits.splits import Splits
from isinglass.evaluation.baselines.images.masks import MaskBaseline
from isinglass.evaluation.outcome import Outcome, maps
from isinglass.evaluation.pixels import boundary_of, confusion_of
from isinglass.spec import Role

LIMIT = 1000
"""The most images that a method is fitted on: pixels of more of them say little new."""


def outcome_of(baseline: MaskBaseline, dataset: Any, splits: Splits, *, seed: int, threads: int) -> tuple[Outcome, int]:
    """Fit a method on the TRAIN images of each fold and count what it says of its TEST images.

    Args:
        baseline: the method.
        dataset: a Dataset of images and masks.
        splits: its division, the same as the network's.
        seed: of everything drawn.
        threads: the most that are used.

    Returns:
        The outcome of the tested rows in their order, and how many training images were left out.
    """
    from threadpoolctl import threadpool_limits

    heads = dataset.schema.targets
    classes = tuple(len(head.categories) for head in heads)
    rows, most, thinned = splits.tested, max(classes), 0
    confusion = np.zeros((splits.role.shape[1], len(classes), most, most), np.int64)
    boundary = np.zeros((splits.role.shape[1], len(classes), most, 4), np.int64)
    with threadpool_limits(threads):
        for role in splits.role:
            train = np.flatnonzero(role == Role.TRAIN)
            kept = train[np.linspace(0, len(train) - 1, min(LIMIT, len(train))).astype(np.int64)]
            thinned = max(thinned, len(train) - len(kept))
            predict = baseline.fit(dataset.inputs[kept], dataset.targets[kept], dataset.weights[kept], classes, seed)
            for row in np.flatnonzero(role == Role.TEST):
                observed, said = dataset.targets[[row]], predict(dataset.inputs[[row]])
                confusion[row] = confusion_of(observed, said, classes)[0]
                boundary[row] = boundary_of(observed, said, classes)[0]
    names = tuple(head.name for head in heads)
    weights, groups = dataset.weights[rows], splits.units[rows]
    found = maps(confusion[rows], heads=names, boundary=boundary[rows], weights=weights, groups=groups)
    return found, thinned
