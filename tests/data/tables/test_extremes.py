"""Values far from all others."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.data.tables.extremes import far


def column(n=300, seed=0):
    return np.random.default_rng(seed).normal(15, 8, n)


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        (column(), [9999.0]),  # a marker
        (column(), [-273.15]),  # a unit
        (np.random.default_rng(1).normal(1013, 8, 300), [10130.0]),  # a lost point
        (np.random.default_rng(2).uniform(1, 99, 300), [999.0]),
        (np.exp(np.random.default_rng(3).normal(size=300)), [1e4]),
        (column(), [1e7, 9e6, 8e6, -5e6]),
        (column(12), [4000.0]),
    ],
)
def test_impossible_values_are_found_farthest_first(values, odd):
    values = np.concatenate([values[:7], odd[::-1], values[7:], [np.nan]])
    assert values[far(values)].tolist() == odd


@pytest.mark.parametrize("rows", [20, 300, 3000])
@pytest.mark.parametrize("kind", ["normal", "exponential", "lognormal", "uniform", "counts"])
def test_long_tails_are_no_alarm(kind, rows):
    """At most 2 columns in 100."""
    draw = {
        "normal": lambda g: g.normal(size=rows),
        "exponential": lambda g: g.exponential(size=rows),
        "lognormal": lambda g: np.exp(2 * g.normal(size=rows)),
        "uniform": lambda g: g.uniform(size=rows),
        "counts": lambda g: g.poisson(1.0, rows).astype(float),
    }[kind]
    alarms = sum(len(far(draw(np.random.default_rng(seed)))) > 0 for seed in range(200))
    assert alarms <= 6 if kind == "lognormal" else alarms <= 1


def test_few_values_and_columns_that_agree_are_left_alone():
    assert len(far(np.array([1.0, 2, 3, 1e9]))) == 0
    assert len(far(np.repeat([0.0, 1000.0], [990, 10]))) == 0
    assert len(far(np.full(50, np.nan))) == 0
    assert len(far(np.full(50, 3.0))) == 0
