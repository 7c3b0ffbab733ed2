"""Gains and their intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from isinglass.errors import UsageError
from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.verdict.gains import Losses, fieller, losses
from isinglass.spec import Task


def errors(e, groups=None):
    return Outcome(np.zeros(len(e)), mean=np.asarray(e), groups=np.arange(len(e)) if groups is None else groups)


def sure(p, label):
    p = np.asarray(p, float)
    return Outcome(label, Task.CLASSIFICATION, probabilities=np.stack([1 - p, p], axis=1))


def test_the_jackknife_of_a_mean_is_its_variance():
    e = np.abs(np.random.default_rng(0).normal(size=(3, 40)))
    found = losses({name: errors(row) for name, row in zip("abc", e, strict=True)}, METRICS["mae"])
    assert found.values == pytest.approx(e.mean(1))
    assert found.covariance == pytest.approx(np.cov(e) / 40)
    assert found.units == 40


def test_groups_are_left_out_whole():
    e = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 8)
    found = losses({"a": errors(e, np.repeat(np.arange(5), 8))}, METRICS["mae"])
    assert found.units == 5
    assert found.covariance[0, 0] == pytest.approx(np.var([1, 2, 3, 4, 5], ddof=1) / 5)


def test_the_ends_of_the_interval_are_where_the_test_turns():
    """By its definition: the two-sided test of L(a) = t L(b) is exactly significant at both ends."""
    e = np.abs(np.random.default_rng(1).normal(size=(2, 30)) * [[1.0], [1.4]])
    gain = losses({"a": errors(e[0]), "b": errors(e[1])}, METRICS["mae"]).gain("a", "b")
    assert gain.value == pytest.approx(1 - e[0].mean() / e[1].mean())
    for end in (gain.low, gain.high):
        difference = e[0] - (1 - end) * e[1]
        statistic = difference.mean() / (difference.std(ddof=1) / math.sqrt(30))
        assert abs(statistic) == pytest.approx(student.ppf(0.975, 29))


def test_picking_among_several_widens():
    e = np.random.default_rng(1).normal(size=(2, 30))
    found = losses({"a": errors(e[0]), "b": errors(e[1])}, METRICS["rmse"])
    one, six, less = (found.gain("a", "b", **how) for how in ({}, {"tests": 6}, {"level": 0.9}))
    assert six.low < one.low < less.low < one.value < less.high < one.high < six.high


@pytest.mark.parametrize(
    ("a", "b", "variance", "ends"),
    [
        (0.0, 1.0, (0.0, 0.0, 0.01), (0.0, 0.0)),  # no loss at all beside a sure one
        (1.0, 0.0, (0.01, 0.0, 0.0), (math.inf, math.inf)),
        (0.0, 0.0, (0.0, 0.0, 0.0), (1.0, 1.0)),  # two perfect methods
        (0.1, 0.1, (1.0, 0.0, 1.0), (0.0, math.inf)),  # nothing is known
        (1.0, 0.1, (0.01, 0.0, 0.1), (pytest.approx(4 / 3), math.inf)),  # (1 - t / 10)^2 = 4 (0.01 + t^2 / 10)
        (1.0, 1.0, (0.0, 0.0, 0.0), (1.0, 1.0)),
    ],
)
def test_losses_near_nothing(a, b, variance, ends):
    assert fieller(a, b, variance, 2.0) == ends


def test_an_end_without_limit_is_where_the_test_turns():
    low, high = fieller(1.0, 0.1, (0.01, 0.0, 0.1), 2.0)
    assert high == math.inf
    assert abs(1.0 - low * 0.1) == pytest.approx(2.0 * math.sqrt(0.01 + low**2 * 0.1))


@pytest.mark.parametrize("units", [5, 8, 20, 100])
@pytest.mark.parametrize("tail", ["normal", "heavy"])
def test_methods_that_are_alike_are_seldom_told_apart(units, tail):
    """At most 5 % of pairs whose true losses are equal, one of six rivals; heavy: sizes of errors are log-normal."""
    generator, wrong = np.random.default_rng(units), 0
    for _ in range(400):
        size = np.exp(generator.normal(size=units)) if tail == "heavy" else np.ones(units)
        squared = (size * (generator.normal(size=(7, units)) + generator.normal(size=units))) ** 2
        total = squared.sum(1, keepdims=True)
        without = np.sqrt((total - squared) / (units - 1))
        deviation = without - without.mean(1, keepdims=True)
        covariance = (units - 1) / units * deviation @ deviation.T
        found = Losses(tuple("nabcdef"), np.sqrt(total[:, 0] / units), covariance, units)
        wrong += any(found.gain(rival, "n", tests=6).low > 0 for rival in "abcdef")
    assert wrong / 400 <= 0.05


def test_twelve_of_twelve_are_no_certainty():
    label = np.tile([0, 1], 6)
    right, nearly = sure(np.where(label, 1.0, 0.0), label), sure(np.where(label, 0.99, 0.01), label)
    gain = losses({"a": right, "b": nearly}, METRICS["brier"]).gain("a", "b")
    assert gain.value == 1.0
    assert gain.low == -math.inf
    many = np.tile([0, 1], 6000)
    right, wrong = sure(np.where(many, 1.0, 0.0), many), sure(np.where(many, 0.7, 0.3), many)
    assert losses({"a": right, "b": wrong}, METRICS["brier"]).gain("a", "b").low > 0.99


def test_one_unit_has_a_value_and_no_interval():
    gain = losses({"a": errors([1.0, 1], [0, 0]), "b": errors([2.0, 2], [0, 0])}, METRICS["rmse"]).gain("a", "b")
    assert gain.value == 0.5
    assert math.isnan(gain.low)


def test_high_is_good_for_some():
    label = np.zeros(100, int)
    few, more = (sure(np.arange(100) < count, label) for count in (10, 20))
    assert losses({"a": few, "b": more}, METRICS["accuracy"]).gain("a", "b").value == pytest.approx(0.5)


def test_other_rows_and_metrics_without_a_direction_are_refused():
    with pytest.raises(UsageError, match="the same rows"):
        losses({"a": errors([1.0, 2.0]), "b": errors([1.0])}, METRICS["rmse"])
    with pytest.raises(UsageError, match="a gain needs a metric"):
        losses({"a": errors([1.0, 2.0])}, METRICS["bias"])
