"""How much each class counts in a loss: equally, as given, or inversely to how often it occurs.

balanced: w_c = n / (classes with n_c > 0) / n_c, so that every class of the training rows has the same say and the
mean weight of these rows (of their pixels) is 1; a class that never occurs has the weight 0.
Reference: King and Zeng (2001), Logistic regression in rare events data, doi:10.1093/oxfordjournals.pan.a004868.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from isinglass.errors import RecipeError
from isinglass.objective.losses.masks import Weights

WHERE = "objective.class_weights"
ROWS = 256
"""Masks are counted so many at a time: they may be a memory map."""

Counts = tuple[tuple[int, ...], ...]


def class_counts(targets: np.ndarray, classes: Sequence[int]) -> Counts:
    """How often each class of each head occurs.

    Args:
        targets: training rows alone: class indices [sample, head], or masks uint8 [sample, head, height, width] in
            which 255 does not count.
        classes: the number of classes of each head.
    """
    total = np.zeros((len(classes), 256 if targets.dtype == np.uint8 else max(classes)), np.int64)
    for start in range(0, len(targets), ROWS):
        part = np.asarray(targets[start : start + ROWS]).astype(np.int64)
        for head, found in enumerate(total):
            found += np.bincount(part[:, head].ravel(), minlength=len(found))
    return tuple(tuple(found[:count].tolist()) for found, count in zip(total, classes, strict=True))


def class_weights(
    given: tuple[float, ...] | Literal["none", "balanced"], classes: Sequence[int], counts: Counts | None
) -> Weights | None:
    """The weights of the classes of each head; empty where all are 1; None where they cannot be known yet, for want of
    counts.

    Args:
        given: the recipe's `objective.class_weights`: where there are several heads, the weights of all of them in
            their order.
        classes: the number of classes of each head; none: one head of as many as there are weights.
        counts: from `class_counts`, for "balanced".

    Raises:
        RecipeError: there is not one weight a class, or all are 0.
    """
    if given == "none":
        return ()
    if given == "balanced":
        return None if counts is None else tuple(map(_balanced, counts))
    assert not isinstance(given, str)
    classes = classes or (len(given),)
    if len(given) != sum(classes):
        raise RecipeError(
            "there must be one weight a class", where=WHERE, given=f"{len(given)} weights", allowed=f"{sum(classes)}"
        )
    ends = np.cumsum(classes)
    found = tuple(given[end - count : end] for end, count in zip(ends, classes, strict=True))
    if not all(map(any, found)):
        raise RecipeError("the weights of all classes are 0: nothing would be learnt", where=WHERE, given=list(given))
    return found


def _balanced(counts: tuple[int, ...]) -> tuple[float, ...]:
    present = sum(count > 0 for count in counts)
    return tuple(sum(counts) / (present * count) if count else 0.0 for count in counts)
