"""The clustered error is that of means of clusters; of single rows it is the ordinary one."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.clusters import clustered_error, few_factor


def test_single_rows_have_the_ordinary_standard_error():
    values = np.random.default_rng(0).normal(size=(50, 2))
    ordinary = values.std(axis=0, ddof=1) / np.sqrt(50)
    np.testing.assert_allclose(clustered_error(values, np.arange(50)), ordinary)


def test_copies_of_a_row_count_once():
    values = np.random.default_rng(1).random((20, 3)) < 0.5
    repeated = np.repeat(values, 7, axis=0).astype(float)
    alone = clustered_error(values.astype(float), np.arange(20))
    np.testing.assert_allclose(clustered_error(repeated, np.repeat(np.arange(20), 7)), alone)


def test_it_is_the_spread_of_simulated_means():
    random = np.random.default_rng(2)
    cluster = np.repeat(np.arange(30), 20)
    draws = random.normal(size=(2000, 30)).repeat(20, axis=1) + random.normal(size=(2000, 600))
    told = np.mean([clustered_error(draw[:, None], cluster)[0] for draw in draws[:200]])
    assert told == pytest.approx(draws.mean(axis=1).std(), rel=0.05)


def test_one_cluster_tells_nothing():
    assert np.isinf(clustered_error(np.ones((4, 1)), np.zeros(4))).all()


def test_few_clusters_need_more():
    assert few_factor(np.arange(4), 1.645) == pytest.approx(2.354, abs=2e-3)  # Student's t, 3 degrees of freedom, 95 %
    assert few_factor(np.arange(5000), 1.645) == pytest.approx(1.645, abs=1e-3)
