"""Bootstrap intervals: their width, their speed, and pairs."""

from __future__ import annotations

import time

import numpy as np
import pytest

from isinglass.errors import UsageError
from isinglass.evaluation.intervals import Resampler, evaluate, interval
from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task


def errors(e, groups=None):
    e = np.asarray(e, float)
    return Outcome(np.zeros(len(e)), mean=e, groups=np.arange(len(e)) if groups is None else groups)


def test_the_interval_of_a_mean_is_as_wide_as_its_standard_error():
    e = np.random.default_rng(0).normal(1.0, 2.0, 900)
    found = interval("bias", errors(e), bootstrap=4000)
    half = 1.96 * e.std() / 30
    assert found.value == pytest.approx(e.mean())
    assert found.low == pytest.approx(e.mean() - half, abs=0.1 * half)
    assert found.high == pytest.approx(e.mean() + half, abs=0.1 * half)


def test_very_many_rows_are_resampled_in_blocks_with_the_same_width():
    e = np.random.default_rng(0).normal(1.0, 2.0, 50_000)
    found = interval("bias", errors(e), bootstrap=2000)
    assert found.high - found.low == pytest.approx(2 * 1.96 * 2.0 / np.sqrt(50_000), rel=0.1)


def test_rows_of_a_group_are_drawn_together():
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 25)
    e = generator.normal(size=40)[groups] + 0.1 * generator.normal(size=1000)
    by_group, by_row = interval("bias", errors(e, groups)), interval("bias", errors(e))
    assert by_group.high - by_group.low > 3 * (by_row.high - by_row.low)


def test_the_interval_covers_as_often_as_it_says():
    generator = np.random.default_rng(0)
    hits = 0
    for seed in range(200):
        found = interval("mae", errors(generator.normal(size=150)), bootstrap=300, seed=seed)
        hits += found.low <= np.sqrt(2 / np.pi) <= found.high
    assert 0.88 <= hits / 200 <= 0.99


@pytest.mark.parametrize(("count", "least"), [(6, 0.82), (10, 0.83), (20, 0.87)])
def test_few_rows_have_wide_intervals(count, least):
    """Of the plain percentile interval 78, 83 and 87 %: normal errors, whose root mean square is 1."""
    hits = 0
    for seed in range(300):
        found = interval("rmse", errors(np.random.default_rng(seed).normal(size=count)), bootstrap=500, seed=seed)
        hits += found.low <= 1 <= found.high
    assert hits / 300 >= least


@pytest.mark.parametrize(("covered", "ends"), [(1.0, (0.5407, 1.0)), (0.0, (0.0, 0.4593))])
def test_rows_that_all_agree_are_no_certainty(covered, ends):
    mean = np.zeros(6) if covered else np.full(6, 9.0)
    found = interval("coverage_90", Outcome(np.zeros(6), mean=mean, std=np.ones(6)))
    assert (found.value, found.low, found.high) == pytest.approx((covered, *ends), abs=1e-4)
    groups = Outcome(np.zeros(6), mean=mean, std=np.ones(6), groups=[1, 1, 2, 3, 4, 5])
    assert abs(interval("coverage_90", groups).high - interval("coverage_90", groups).low) > 0.5


@pytest.mark.parametrize("name", ["accuracy", "balanced_accuracy", "f1", "auc", "average_precision", "brier"])
def test_twelve_of_twelve_are_no_certainty(name):
    """Never '1.00 to 1.00': six of each class leave room for a part of 0.46 that would be wrong."""
    label = np.arange(12) % 2
    perfect = Outcome(label, Task.CLASSIFICATION, probabilities=np.eye(2)[label])
    found = interval(name, perfect)
    room = 1 - 0.025 ** (1 / (12 if name in ("accuracy", "brier") else 6))
    ends = (0.0, room) if name == "brier" else (1 - room, 1.0)
    assert (found.low, found.high) == pytest.approx(ends)


def test_a_part_that_no_resample_can_move_has_its_width():
    """Who always says the same has a balanced accuracy of one half, whatever is drawn."""
    label = np.arange(40) % 2
    same = Outcome(label, Task.CLASSIFICATION, probabilities=np.tile([0.6, 0.4], (40, 1)))
    found = interval("balanced_accuracy", same)
    assert (found.low, found.high) == pytest.approx((0.5, 0.5))


def test_fewer_than_five_units_have_no_interval():
    """However many rows they hold: four seasons, two stations."""
    e = np.random.default_rng(0).normal(size=400)
    for units in (2, 4):
        assert np.isnan(interval("rmse", errors(e, np.arange(400) % units)).low)
    assert np.isfinite(interval("rmse", errors(e, np.arange(400) % 5)).low)


def test_the_seed_decides():
    outcome = errors(np.random.default_rng(0).normal(size=50))
    assert interval("rmse", outcome) == interval("rmse", outcome)
    assert interval("rmse", outcome) != interval("rmse", outcome, seed=1)


def test_without_groups_to_resample_there_is_no_interval():
    for found in (interval("mae", errors([1.0, 2.0], np.zeros(2))), interval("mae", errors([1.0, 2.0]), bootstrap=0)):
        assert found.value == 1.5
        assert np.isnan(found.low)
        assert np.isnan(found.high)


def test_other_rows_are_refused():
    with pytest.raises(UsageError, match="3 rows beside 2"):
        Resampler(np.arange(2)).distribution(METRICS["mae"], errors([1.0, 2.0, 3.0]))


def test_all_metrics_share_one_set_of_resamples():
    outcome = errors(np.random.default_rng(0).normal(size=100))
    found = evaluate(outcome)
    assert set(found) == {"rmse", "nrmse", "mae", "r2", "bias", "correlation"}
    assert found["rmse"] == interval("rmse", outcome)


def test_a_thousand_resamples_of_twenty_thousand_rows_are_fast():
    outcome = errors(np.random.default_rng(0).normal(size=20_000))
    start = time.process_time()
    interval("rmse", outcome)
    assert time.process_time() - start < 1.0
