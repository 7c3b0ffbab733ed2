"""The last hidden layer: what lies off the space of the training rows is left over, what lies far within it is far."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.inference.novelty.features import Hidden
from isinglass.inference.novelty.level import LEVEL
from isinglass.inference.novelty.novelty import fit_hidden


def rows(count: int, seed: int) -> np.ndarray:
    """Two strong directions of five, the others faint."""
    return np.random.default_rng(seed).normal(size=(count, 5)) * [3, 2, 0.05, 0.05, 0.05]


@pytest.fixture
def layer() -> Hidden:
    return Hidden.fit(0, rows(500, 0), rows(400, 1))


def test_two_directions_hold_the_variance(layer):
    assert layer.modes.shape == (2, 5)
    np.testing.assert_allclose(layer.modes @ layer.modes.T, np.eye(2), atol=1e-12)


def test_off_the_space_is_left_over_and_far_within_it_is_far(layer):
    distance, left = layer.score(np.array([[0.0, 0, 0, 0, 2], [30, 0, 0, 0, 0], [0, 0, 0, 0, 0]]))
    assert distance[0] < 1 < left[0]
    assert left[1] < distance[1]
    assert distance[1] > 1
    assert max(distance[2], left[2]) < 1


def test_modes_that_span_all_of_a_layer_leave_no_error_by_rounding():
    random = np.random.default_rng(2)
    learnt, unseen = random.normal(size=(300, 2)), random.normal(size=(300, 2))
    whole = Hidden.fit(0, learnt, unseen)
    single = Hidden(0, whole.center, whole.modes.astype(np.float32), whole.rows, whole.distance, whole.residual)
    assert whole.score(unseen)[1].max() < 1e-9
    assert single.score(unseen.astype(np.float32))[1].max() < 0.01


def test_one_unseen_row_in_fifty_is_outside():
    shares = []
    for seed in range(5):
        known, unseen = rows(800, seed), rows(600, 100 + seed)
        members = np.arange(2)
        novelty = fit_hidden(members, lambda member, k=known, u=unseen: (k, u, np.arange(600)))
        images = np.zeros((2000, 1, 1, 1))
        fresh = rows(2000, 200 + seed)
        shares.append(np.mean(novelty.score(images, lambda member, _, f=fresh: f) > 1))
    assert np.mean(shares) == pytest.approx(LEVEL, abs=0.01)
