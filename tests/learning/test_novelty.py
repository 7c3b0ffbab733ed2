"""Novelty marks what lies outside the training rows and leaves alone what lies inside."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.learning.neighbours import NEIGHBOURS
from isinglass.learning.novelty import fit_novelty


@pytest.fixture
def rows():
    return np.random.default_rng(0).normal(size=(3000, 4)).astype(np.float32)


def fitted(rows):
    return fit_novelty(rows, rows.mean(axis=0), 1 / rows.std(axis=0), seed=0)


def test_one_row_in_a_hundred_of_the_same_kind_is_outside(rows):
    fresh = np.random.default_rng(1).normal(size=(5000, 4)).astype(np.float32)
    assert 0.002 < np.mean(fitted(rows).score(fresh) > 1) < 0.03


def test_far_rows_are_outside_and_their_feature_is_named(rows):
    far = rows[:10] + np.array([0, 30, 0, 0], dtype=np.float32)
    novelty = fitted(rows)
    assert (novelty.score(far) > 1).all()
    assert novelty.outside(far)[:, 1].all()
    assert not novelty.outside(rows)[:, [0, 2, 3]].any()


def test_the_distance_is_that_of_the_kth_neighbour(rows):
    novelty = fitted(rows[:200])
    query = rows[2000:2010]
    z, known = (query - novelty.center) * novelty.scale, (novelty.rows - novelty.center) * novelty.scale
    brute = np.sort(np.linalg.norm(z[:, None] - known[None], axis=2), axis=1)[:, NEIGHBOURS - 1]
    told = novelty.parts(query, lambda *_: np.zeros((10, 0)))["distance"]
    np.testing.assert_allclose(told * novelty.unit, brute, rtol=1e-3)


def test_missing_values_count_as_the_centre(rows):
    blank = np.full((1, 4), np.nan, dtype=np.float32)
    assert fitted(rows).score(blank)[0] < 1
    assert not fitted(rows).outside(blank).any()


def test_tiny_and_constant_data():
    novelty = fit_novelty(np.zeros((3, 2), np.float32), np.zeros(2), np.ones(2), seed=0)
    assert novelty.score(np.zeros((1, 2), np.float32))[0] == 0
    assert novelty.score(np.ones((1, 2), np.float32))[0] > 1
