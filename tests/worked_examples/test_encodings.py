"""Worked example 22: labels as columns with a single 1, and back."""

from __future__ import annotations

import numpy as np
import polars as pl

from isinglass.data.opening import from_frame
from isinglass.evaluation.baselines import Table
from isinglass.recipe import DataRecipe
from isinglass.spec import Task

LABELS = (5, 0, 4)
EXPECTED = np.zeros((3, 10))
EXPECTED[[0, 1, 2], LABELS] = 1


def test_targets_become_columns_with_a_single_one_and_come_back() -> None:
    labels = np.array(LABELS, float)[:, None]
    truth = Table(np.zeros((3, 1), np.float32), labels, np.ones(3), (), Task.CLASSIFICATION, 10).truth
    np.testing.assert_array_equal(truth, EXPECTED)
    assert truth.argmax(axis=1).tolist() == [5, 0, 4]


def test_a_categorical_input_becomes_the_same_columns() -> None:
    digits = [5, 0, 4, *range(10)]
    frame = pl.DataFrame({"digit": [str(digit) for digit in digits], "y": np.arange(13.0)})
    dataset = from_frame(frame, DataRecipe(source="t", target="y", kinds={"digit": "categorical"}), name="t")  # pyright: ignore
    assert [feature.name for feature in dataset.schema.features] == [f"digit={digit}" for digit in range(10)]
    np.testing.assert_array_equal(dataset.inputs[:3], EXPECTED)
    assert dataset.inputs[:3].argmax(axis=1).tolist() == [5, 0, 4]
