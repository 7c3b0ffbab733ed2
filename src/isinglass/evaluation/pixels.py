"""What is kept of predicted masks: counts a sample and head, of which every score of maps is a function.

Masks are large and their scores are ratios of counts, so an outcome keeps two tables a sample: which class was taken
for which, and how many pixels of each class's edge were found. Sums of them over samples give the scores of all of
them, and a bootstrap over samples never looks at a pixel again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isinglass.errors import DataError

VOID = 255
"""Pixels of this value are not predicted and count nowhere."""

TOLERANCE = 2
"""Pixels by which a predicted edge may be off."""

EDGE = ("predicted", "predicted and found", "observed", "observed and found")
"""The last axis of `boundary_of`."""

BITS = 64


def confusion_of(observed: np.ndarray, predicted: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """Pixels by observed and predicted class.

    Args:
        observed: uint8 [sample, head, height, width], 255 = void.
        predicted: of the same shape; whatever it says of void pixels is left out.
        classes: the number of classes of each head.

    Returns:
        int64 [sample, head, class, class], rows observed, columns predicted; heads of fewer classes than the largest
        one end in zeros.

    Raises:
        DataError: the shapes differ, or a mask holds a class that its head does not have.
    """
    _check(observed, predicted, classes)
    most = max(classes)
    counts = np.zeros((*observed.shape[:2], most, most), np.int64)
    for sample, head in np.ndindex(*observed.shape[:2]):
        truth, said = observed[sample, head], predicted[sample, head]
        known = truth != VOID
        place = truth[known].astype(np.int64) * most + said[known]
        counts[sample, head] = np.bincount(place, minlength=most * most).reshape(most, most)
    return counts


def boundary_of(
    observed: np.ndarray, predicted: np.ndarray, classes: Sequence[int], *, tolerance: int = TOLERANCE
) -> np.ndarray:
    """Pixels of the edges of each class, and how many of them have their like within `tolerance` pixels.

    An edge pixel of a class has a neighbour (left, right, above, below) of another class; void pixels are nobody's
    neighbours. Pixels within the tolerance of a void one are not counted, for nobody knows where the edge runs there,
    but they serve as the like of others.
    Reference: Csurka et al. 2013, What is a good evaluation measure for semantic segmentation?,
    doi:10.5244/C.27.32.

    Args:
        observed: uint8 [sample, head, height, width], 255 = void.
        predicted: of the same shape.
        classes: the number of classes of each head.
        tolerance: distance in pixels, Euclidean.

    Returns:
        int64 [sample, head, class, 4], the last axis as in `EDGE`.

    Raises:
        DataError: as `confusion_of`.
    """
    _check(observed, predicted, classes)
    most = max(classes)
    counts = np.zeros((*observed.shape[:2], most, len(EDGE)), np.int64)
    for sample, head in np.ndindex(*observed.shape[:2]):
        counts[sample, head] = _edges(observed[sample, head], predicted[sample, head], most, tolerance)
    return counts


def _edges(truth: np.ndarray, said: np.ndarray, classes: int, tolerance: int) -> np.ndarray:
    """[class, 4] of one mask."""
    void = truth == VOID
    counted = ~_dilated(void.astype(np.uint64), tolerance).astype(bool)
    found = np.zeros((classes, len(EDGE)), np.int64)
    truth_edge, said_edge = _edge(truth, void), _edge(said, void)
    for start in range(0, classes, BITS):
        near_truth = _dilated(_bits(truth, truth_edge, start), tolerance)
        near_said = _dilated(_bits(said, said_edge, start), tolerance)
        part = found[start : start + BITS]
        part[:, 0], part[:, 1] = _matches(said, said_edge & counted, near_truth, start, len(part))
        part[:, 2], part[:, 3] = _matches(truth, truth_edge & counted, near_said, start, len(part))
    return found


def _matches(mask: np.ndarray, edge: np.ndarray, near: np.ndarray, start: int, classes: int) -> np.ndarray:
    """Edge pixels of each class, and those with their own class among the bits of `near`: [2, class]."""
    edge = edge & (mask >= start) & (mask < start + classes)
    kind = mask[edge].astype(np.uint64) - np.uint64(start)
    hit = (near[edge] >> kind) & np.uint64(1) > 0
    index = kind.astype(np.int64)
    return np.stack([np.bincount(part, minlength=classes) for part in (index, index[hit])])


def _bits(mask: np.ndarray, edge: np.ndarray, start: int) -> np.ndarray:
    """uint64 [height, width]: the bit of its class where a pixel lies on an edge, of 64 classes from `start` on."""
    mine = edge & (mask >= start) & (mask < start + BITS)
    shift = np.where(mine, mask.astype(np.int64) - start, 0).astype(np.uint64)
    return np.where(mine, np.uint64(1) << shift, np.uint64(0))


def _edge(mask: np.ndarray, void: np.ndarray) -> np.ndarray:
    """bool [height, width]: a neighbour is of another class, and neither is void."""
    edge = np.zeros(mask.shape, bool)
    down = (mask[1:] != mask[:-1]) & ~(void[1:] | void[:-1])
    across = (mask[:, 1:] != mask[:, :-1]) & ~(void[:, 1:] | void[:, :-1])
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    return edge


def _dilated(bits: np.ndarray, radius: int) -> np.ndarray:
    """The bits of all pixels within a distance: a bitwise or over a disc."""
    height, width = bits.shape
    padded = np.pad(bits, radius)
    grown = np.zeros_like(bits)
    for down in range(-radius, radius + 1):
        for right in range(-radius, radius + 1):
            if down * down + right * right <= radius * radius:
                top, left = radius + down, radius + right
                grown |= padded[top : top + height, left : left + width]
    return grown


def _check(observed: np.ndarray, predicted: np.ndarray, classes: Sequence[int]) -> None:
    if observed.shape != predicted.shape or observed.ndim != 4 or observed.shape[1] != len(classes):
        raise DataError(
            "observed and predicted masks must have the same shape [sample, head, height, width]",
            where="segmentation",
            given=f"{observed.shape} and {predicted.shape} for {len(classes)} heads",
        )
    for head, count in enumerate(classes):
        known = observed[:, head] != VOID
        for name, masks in (("observed", observed), ("predicted", predicted)):
            largest = int(masks[:, head].max(where=known, initial=0))
            if largest >= count:
                raise DataError(
                    f"the {name} masks hold a class that head {head + 1} does not have",
                    where="segmentation",
                    given=largest,
                    allowed=f"0 to {count - 1}, and {VOID} for pixels that do not count",
                )
