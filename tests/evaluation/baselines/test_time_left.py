"""What a user is told to wait for the conventional methods."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.splits.splits import Splits
from isinglass.evaluation.baselines import BASELINES, IMAGE_BASELINES, expected, remaining
from isinglass.spec import Role, Task


def rows(count, shape, task=Task.REGRESSION):
    role = np.full((1, count), Role.TRAIN, np.int8)
    role[:, ::5] = Role.TEST
    dataset = SimpleNamespace(inputs=np.zeros((count, *shape), np.uint8), schema=SimpleNamespace(task=task))
    return dataset, Splits(role, "random", "sealed", units=np.arange(count, dtype=np.uint64))


def test_methods_that_serve_are_expected_in_the_order_of_the_registry():
    assert list(expected(BASELINES, ("linear", "mean"), *rows(100, (3,)))) == ["mean", "linear"]
    assert "svm" not in expected(IMAGE_BASELINES, tuple(IMAGE_BASELINES), *rows(50, (1, 8, 8)))


def test_twice_the_numbers_take_longer_up_to_the_limit():
    names = ("knn_l1", "random_forest")
    few, many, most = (expected(BASELINES, names, *rows(count, (8,))) for count in (2_000, 20_000, 500_000))
    assert few["random_forest"] < many["random_forest"] < most["random_forest"]
    assert most["knn_l1"] == pytest.approx(0.02 + 20.0 * 8 * 20_000 / 1e6)


def test_a_slow_machine_corrects_what_is_left():
    times = {"mean": 0.0, "linear": 10.0, "forest": 20.0}
    assert remaining(times, 0, 0.0) == 30.0
    assert remaining(times, 2, 10.0) == pytest.approx(20.0)
    assert remaining(times, 2, 22.0) == pytest.approx(40.0)
    assert remaining(times, 2, 1e6) == pytest.approx(60.0)
    assert remaining(times, 3, 5.0) == 0.0
