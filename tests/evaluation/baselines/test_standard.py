"""A method says the same of a target in any unit, and of inputs in any unit."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.evaluation.baselines import BASELINES, Table
from isinglass.evaluation.baselines.fitting import fit
from isinglass.evaluation.baselines.standard import standard
from isinglass.spec import Feature, Task

DIVIDING = ("random_forest", "gradient_boosting")
"""Trees choose between equally good divisions by the last digit."""
UNITS = ((1e-11, 0.0), (1.0, 101_325_000.0), (1e-30, 0.0), (1e12, -1e13), (1e-6, 1.0))


def table(x, y, *, weights=None, task=Task.REGRESSION):
    features = tuple(Feature(f"x{i}", f"x{i}", "numeric") for i in range(x.shape[1]))
    weights = np.ones(len(x)) if weights is None else weights
    return Table(x.astype(np.float32), y, weights, features, task, y.shape[1])


def rows(n=120, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 3)).astype(np.float32)
    signal = np.stack([np.sin(2 * x[:, 0]) + x[:, 1], x[:, 2] ** 2], axis=1)
    return x, signal + 0.1 * generator.normal(size=(n, 2)), generator.uniform(0.2, 2, n)


def fitted(name, data):
    return fit(BASELINES[name], data, np.arange(len(data), dtype=np.uint64), coverage=0.9, seed=0, threads=1)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize(("factor", "offset"), UNITS)
def test_a_method_says_the_same_of_a_target_in_another_unit(name, factor, offset):
    x, y, weights = rows()
    plain, other = (fitted(name, table(x, told, weights=weights)) for told in (y, y * factor + offset))
    # What float64 can hold of the offset is all that is lost: 101,325,000 +- 1 keeps eight digits.
    close = 0.1 if name in DIVIDING else 1e-7 + 1e-12 * abs(offset) / factor
    apart = (other(x) - offset) / factor - plain(x)
    assert np.sqrt(np.mean(apart**2)) < close
    assert other.std / factor == pytest.approx(plain.std, abs=close)
    assert other.half / factor == pytest.approx(plain.half, abs=2 * close)


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**30])
def test_a_method_says_the_same_of_inputs_in_another_unit(name, factor):
    x, y, weights = rows()
    plain, other = (fitted(name, table(seen, y, weights=weights)) for seen in (x, x * np.float32(factor)))
    assert other(x * np.float32(factor)) == pytest.approx(plain(x), abs=1e-9)


def test_a_forest_sees_an_input_of_a_billionth():
    x, y, _ = rows()
    answers = fitted("random_forest", table(x * np.float32(1e-12), y))(x * np.float32(1e-12))
    assert np.mean((answers - y) ** 2) < 0.1 * y.var()


def test_the_scale_is_the_weighted_mean_and_standard_deviation():
    x, y, weights = rows()
    found = standard(table(x, y + 1e8, weights=weights))
    mean = np.average(y, axis=0, weights=weights)
    assert found.center - 1e8 == pytest.approx(mean, abs=1e-7)
    assert found.spread == pytest.approx(np.sqrt(np.average((y - mean) ** 2, axis=0, weights=weights)), rel=1e-6)


def test_a_constant_target_keeps_its_unit_and_classes_are_left_alone():
    x, y, _ = rows()
    assert standard(table(x, np.full_like(y, 1e-11))).spread == pytest.approx(1.0)
    classes = table(x, (y > 0).astype(float), task=Task.MULTILABEL)
    assert standard(classes).targets(classes) is classes
