"""The other portable methods, against closed forms and numpy written out."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.errors import ModelFileError
from isinglass.portable import PORTABLE, Boosting, Constant, Encoder, Forest, Linear, Neighbours, Trees


def numbers(columns, *, filled=True):
    """Numbers as they are."""
    plain, every = np.arange(columns), np.full(columns, filled)
    return Encoder(plain, np.zeros(columns), np.ones(columns), every, np.zeros(0, np.int64), ())


def stump(left, right):
    """One tree that divides the first column at 0; missing values go right."""
    return Trees(
        start=np.array([0]),
        feature=np.array([0, -1, -1], np.int16),
        threshold=np.zeros(3),
        left=np.array([1, 0, 0], np.int32),
        right=np.array([2, 0, 1], np.int32),
        missing=np.zeros(3, bool),
        value=np.array([left, right], np.float64),
    )


def test_numbers_are_scaled_missing_ones_filled_and_codes_replaced():
    encoder = Encoder(
        plain=np.array([0, 2]),
        center=np.array([1.0, 0.0]),
        factor=np.array([2.0, 1.0]),
        filled=np.array([True, True]),
        codes=np.array([1]),
        meanings=(np.array([[0.0, 0.0], [5.0, 6.0]]),),
    )
    inputs = np.array([[3, 1, 7], [np.nan, 9, 1], [1, -4, np.nan], [0, np.nan, 0]], np.float32)
    assert encoder(inputs).tolist() == [[4, 7, 5, 6], [0, 1, 5, 6], [0, 0, 0, 0], [-2, 0, 0, 0]]
    assert encoder.columns == 4


def test_missing_numbers_stay_missing_where_a_method_knows_them():
    assert np.isnan(numbers(1, filled=False)(np.array([[np.nan]], np.float32))).all()


def test_a_constant_says_the_same_of_all():
    assert Constant(np.array([1.0, 2.0]))(np.zeros((3, 5))).tolist() == [[1, 2]] * 3


def test_infinite_logits_are_certain():
    sure = Linear(numbers(1), np.array([[1.0, 0.0, 0.0]]), np.array([0.0, -np.inf, 0.0]), "softmax")
    p = sure(np.array([[np.log(3.0)]]))[0]
    assert p == pytest.approx([0.75, 0, 0.25])
    assert p[1] == 0
    labels = Linear(numbers(1), np.zeros((1, 2)), np.array([-np.inf, np.inf]), "sigmoid")
    assert labels(np.ones((1, 1))).tolist() == [[0, 1]]


@pytest.mark.parametrize("metric", ["l1", "l2"])
def test_neighbours_are_the_nearest_and_of_equal_ones_the_first(metric):
    rows = np.array([[0.0], [1.0], [1.0], [5.0]])
    method = Neighbours(
        encoder=numbers(1),
        rows=rows,
        truth=np.array([[1.0], [2.0], [30.0], [400.0]]),
        weights=np.array([1.0, 3.0, 1.0, 1.0]),
        share=np.array([9.0]),
        count=2,
        metric=metric,
    )
    assert method(np.array([[0.2], [1.0]]))[:, 0] == pytest.approx([(1 + 6) / 4, (6 + 30) / 4])


def test_neighbours_without_weight_say_the_share_and_votes_are_blended():
    shared = {"encoder": numbers(1), "rows": np.zeros((1, 1)), "truth": np.ones((1, 1)), "share": np.array([0.25])}
    assert Neighbours(**shared, weights=np.zeros(1), count=1)(np.zeros((1, 1))).tolist() == [[0.25]]
    assert Neighbours(**shared, weights=np.ones(1), count=3, votes=3)(np.zeros((1, 1)))[0, 0] == (3 + 0.25) / 4


def test_many_rows_are_answered_block_by_block(monkeypatch):
    x = np.random.default_rng(0).normal(size=(50, 1))
    near = Neighbours(numbers(1), x, x, np.ones(50), np.zeros(1), 3)
    forest = Forest(numbers(1), stump([1.0], [3.0]), np.zeros(1))
    whole = near(x), forest(x)
    monkeypatch.setattr("isinglass.portable.neighbours.DISTANCES", 200)
    monkeypatch.setattr("isinglass.portable.trees.VISITS", 7)
    assert (near(x) == whole[0]).all()
    assert (forest(x) == whole[1]).all()
    assert forest(x)[:, 0].tolist() == np.where(x[:, 0] <= 0, 1.0, 3.0).tolist()


def test_a_booster_adds_to_its_outputs():
    two = stump([1.0], [3.0])
    boosting = Boosting(numbers(1, filled=False), two, np.array([1]), np.array([10.0, 20.0]))
    assert boosting(np.array([[-1.0], [np.nan]])).tolist() == [[10, 21], [10, 23]]
    classes = Boosting(numbers(1), two, np.array([1]), np.array([0.0, np.log(2) - 1, -np.inf]), "softmax")
    assert classes(np.array([[-1.0]]))[0] == pytest.approx([1 / 3, 2 / 3, 0])


def test_no_rows_are_answered_by_nothing():
    none = np.zeros((0, 1))
    near = Neighbours(numbers(1), np.zeros((1, 1)), np.ones((1, 1)), np.ones(1), np.zeros(1), 1)
    methods = [Constant(np.zeros(1)), near, Forest(numbers(1), stump([1.0], [3.0]), np.zeros(1))]
    assert [method(none).shape for method in methods] == [(0, 1)] * 3


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ModelFileError, match="damaged"):
        Linear(numbers(2), np.zeros((3, 1)), np.zeros(1))
    with pytest.raises(ModelFileError, match="damaged"):
        Neighbours(numbers(1), np.zeros((2, 1)), np.zeros((3, 1)), np.ones(3), np.zeros(1), 1)
    with pytest.raises(ModelFileError, match="damaged"):
        Boosting(numbers(1), stump([1.0], [3.0]), np.array([4]), np.zeros(2))
    with pytest.raises(ModelFileError, match="damaged"):
        Encoder(np.array([-1]), np.zeros(1), np.ones(1), np.ones(1, bool), np.zeros(0, np.int64), ())


def test_names_are_known():
    assert set(PORTABLE) == {"constant", "linear", "neighbours", "forest", "boosting"}
