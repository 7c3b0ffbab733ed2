"""Trees grown on bins predict from values."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.tree import DecisionTreeRegressor

from isinglass.evaluation.baselines.binning import BINS, bins


def columns(n=3000):
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=n), rng.integers(0, 7, n), rng.exponential(size=n) ** 3, np.full(n, 2.0)])
    x[rng.random(n) < 0.1, 0] = np.nan
    return x.astype(np.float32), np.nan_to_num(x[:, 0], nan=3.0) + x[:, 1] + 0.1 * rng.normal(size=n)


def test_few_values_have_a_bin_each_and_many_about_equally_full_ones():
    x, _ = columns()
    codes = bins(x).codes(x)
    assert len(np.unique(codes[:, 1])) == 7
    assert (codes[:, 3] == 0).all()
    counts = np.bincount(codes[:, 2].astype(int))
    assert len(counts) == BINS
    assert counts.max() <= 2 * len(x) / BINS
    assert (np.isnan(codes) == np.isnan(x)).all()


def test_the_order_of_values_is_kept():
    x, _ = columns()
    codes = bins(x).codes(x)
    order = np.argsort(x[:, 2])
    assert (np.diff(codes[order, 2]) >= 0).all()


def test_a_restored_tree_says_of_values_what_it_said_of_their_bins():
    x, y = columns()
    found = bins(x)
    tree = DecisionTreeRegressor(random_state=0).fit(found.codes(x), y)
    new = columns(500)[0][::-1] * np.float32(1.01)
    grown = tree.predict(found.codes(new))
    found.restore(tree.tree_)
    assert (tree.predict(new) == grown).all()
    assert np.unique(grown).size > 300


def test_ends_themselves_fall_to_the_left():
    found = bins(np.array([[0.0], [1.0], [2.0]], np.float32))
    assert found.ends[0] == pytest.approx([0.5, 1.5])
    assert found.codes(np.array([[0.5], [0.6], [1.5], [9.0]], np.float32))[:, 0].tolist() == [0, 1, 1, 2]
