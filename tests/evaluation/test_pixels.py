"""Counts of pixels against brute force and other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt
from sklearn.metrics import confusion_matrix

from isinglass.errors import DataError
from isinglass.evaluation.pixels import boundary_of, confusion_of


def masks(seed: int, classes: tuple[int, ...], *, samples: int = 3, side: int = 24, void: float = 0.1) -> np.ndarray:
    """Blocky random masks with void pixels: uint8 [sample, head, side, side]."""
    rng = np.random.default_rng(seed)
    shape = (samples, len(classes), side // 4, side // 4)
    made = rng.integers(0, np.array(classes)[:, None, None], shape).repeat(4, -1).repeat(4, -2)
    made[rng.random(made.shape) < void] = 255
    return made.astype(np.uint8)


def test_confusion_equals_scikit_learn() -> None:
    classes = (5, 3)
    observed, predicted = masks(0, classes), masks(1, classes, void=0.0)
    found = confusion_of(observed, predicted, classes)
    assert found.shape == (3, 2, 5, 5)
    for sample, head in np.ndindex(3, 2):
        known = observed[sample, head] != 255
        truth, said = observed[sample, head][known], predicted[sample, head][known]
        theirs = confusion_matrix(truth, said, labels=range(classes[head]))
        assert (found[sample, head, : classes[head], : classes[head]] == theirs).all()
        assert found[sample, head].sum() == known.sum()


def test_what_is_said_of_void_pixels_counts_nowhere() -> None:
    observed, predicted = masks(0, (4,)), masks(1, (4,), void=0.0)
    other = np.where(observed == 255, 201, predicted).astype(np.uint8)
    for count in (confusion_of, boundary_of):
        assert (count(observed, predicted, (4,)) == count(observed, other, (4,))).all()


def edges_by_distance(truth: np.ndarray, said: np.ndarray, kind: int, tolerance: float) -> list[int]:
    """One class of one mask by Euclidean distance transforms and loops over pixels."""

    def edge(mask: np.ndarray) -> np.ndarray:
        found = np.zeros(mask.shape, bool)
        for row, column in zip(*np.nonzero((mask == kind) & ~void), strict=True):
            for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
                r, c = row + down, column + right
                inside = 0 <= r < mask.shape[0] and 0 <= c < mask.shape[1]
                found[row, column] |= inside and not void[r, c] and mask[r, c] != kind
        return found

    def near(edge: np.ndarray) -> np.ndarray:
        far = np.full(edge.shape, np.inf)
        return (distance_transform_edt(~edge) if edge.any() else far) <= tolerance

    void = truth == 255
    counted = ~near(void)
    true, guess = edge(truth), edge(said)
    return [int(part.sum()) for part in (guess & counted, guess & counted & near(true))] + [
        int(part.sum()) for part in (true & counted, true & counted & near(guess))
    ]


@pytest.mark.parametrize("tolerance", [1, 2, 3])
def test_edges_equal_those_by_distance_transforms(tolerance: int) -> None:
    observed, predicted = masks(3, (4,), void=0.01), masks(4, (4,), void=0.0)
    predicted[0] = np.roll(observed[0], 2, axis=-1) % 4
    found = boundary_of(observed, predicted, (4,), tolerance=tolerance)
    for sample in range(3):
        for kind in range(4):
            expected = edges_by_distance(observed[sample, 0], predicted[sample, 0], kind, tolerance)
            assert found[sample, 0, kind].tolist() == expected
    assert found.sum() > 0


def test_many_classes() -> None:
    """More than 64: the bits of a word are used twice."""
    observed, predicted = masks(5, (200,), void=0.0), masks(6, (200,), void=0.0)
    predicted[:, :, :12] = observed[:, :, :12]
    found = boundary_of(observed, predicted, (200,))
    for kind in np.unique(observed[0])[::7]:
        assert found[0, 0, kind].tolist() == edges_by_distance(observed[0, 0], predicted[0, 0], int(kind), 2)
    assert (found[0, 0, 128:].sum(0) > 0).all()


def test_a_perfect_map_has_all_its_edges_found() -> None:
    observed = masks(7, (4,), void=0.0)
    found = boundary_of(observed, observed, (4,)).sum((0, 1, 2))
    assert found[0] == found[1] == found[2] == found[3] > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda o, p: (o[:, :, 1:], p), "same shape"),
        (lambda o, p: (np.where(o == 3, 4, o), p), "the observed masks hold a class that head 1 does not have"),
        (lambda o, p: (o, np.where(p == 3, 4, p)), "the predicted masks hold a class"),
    ],
)
def test_bad_masks_are_refused(change, message: str) -> None:
    observed, predicted = masks(0, (4,)), masks(1, (4,), void=0.0)
    observed, predicted = change(observed, predicted)
    for count in (confusion_of, boundary_of):
        with pytest.raises(DataError, match=message):
            count(observed, predicted, (4,))
