"""Targets that are sums of multiples of the inputs."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.tables.collinearity import linear_relations
from isinglass.spec import Column, Feature, Kind, Task

N = 300


def schema(width, *, task=Task.REGRESSION):
    features = tuple(Feature(f"x{k}", f"x{k}", "numeric") for k in range(width))
    return SimpleNamespace(features=features, targets=(Column("y", Kind.CONTINUOUS),), task=task)


def draw(width=4):
    return np.random.default_rng(0).normal(300.0, 2.0, size=(N, width)).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 1e-4])
def test_a_sum_is_found_and_names_its_columns(noise):
    x = draw()
    y = 3 * x[:, 1].astype(float) - x[:, 3] + 7 + noise * np.random.default_rng(1).normal(size=N)
    (sentence,) = linear_relations(x, y[:, None], schema(4))
    assert "the target 'y' is a sum of multiples of 2 inputs (x1, x3)" in sentence


def test_noise_of_a_hundredth_is_a_measurement():
    x = draw()
    y = x[:, 0].astype(float) + x[:, 1] + 0.03 * np.random.default_rng(1).normal(size=N)
    assert linear_relations(x, y[:, None], schema(4)) == ()


@pytest.mark.parametrize("unit", [1e-300, 1e30])
def test_the_unit_does_not_matter(unit):
    x = draw()
    y = unit * np.random.default_rng(1).normal(size=(N, 1))
    assert linear_relations(x, y, schema(4)) == ()
    assert linear_relations(x, unit * x[:, :2].sum(axis=1, dtype=float)[:, None], schema(4)) != ()


def test_a_curved_law_is_none():
    x = draw()
    y = x[:, 0].astype(float) ** 2 + x[:, 1] * x[:, 2]
    assert linear_relations(x, y[:, None], schema(4)) == ()


def test_one_column_alone_is_said_elsewhere():
    x = draw()
    assert linear_relations(x, 2.0 * x[:, :1].astype(float), schema(4)) == ()


def test_a_total_and_all_its_parts():
    """Parts that add up to the total and repeat one another: the least squares have many solutions."""
    x = draw(3)
    x = np.column_stack([x, x[:, 0] + x[:, 1]])
    y = x[:, 0].astype(float) + x[:, 1] + x[:, 2]
    (sentence,) = linear_relations(x, y[:, None], schema(4))
    assert "x2" in sentence


def test_missing_and_constant_columns_are_left_aside():
    x = draw()
    x[0, 2] = np.nan
    x[:, 0] = 5.0
    y = x[:, 1].astype(float) - x[:, 3]
    (sentence,) = linear_relations(x, y[:, None], schema(4))
    assert "2 inputs (x1, x3)" in sentence


def test_few_rows_and_classes_say_nothing():
    x = draw()
    y = x.sum(axis=1, dtype=float)[:, None]
    assert linear_relations(x[:20], y[:20], schema(4)) == ()
    assert linear_relations(x, y > y.mean(), schema(4, task=Task.CLASSIFICATION)) == ()
