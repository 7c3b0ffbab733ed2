"""What every metric must keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from isinglass.evaluation.intervals import Resampler
from isinglass.evaluation.metrics import DECIDING, METRICS
from isinglass.evaluation.outcome import Outcome, concatenate, maps
from isinglass.evaluation.pixels import boundary_of, confusion_of
from isinglass.spec import Task

N = 120


def outcomes(seed=0):
    generator = np.random.default_rng(seed)
    y = generator.normal(size=(N, 2))
    mean, std = y + generator.normal(size=(N, 2)), generator.uniform(0.5, 2, (N, 2))
    weights, groups = generator.integers(1, 4, N).astype(float), generator.integers(0, 12, N)
    shared = {"weights": weights, "groups": groups}
    label = generator.integers(0, 3, N)
    p = generator.dirichlet(np.ones(3), N)
    many = generator.integers(0, 2, (N, 3))
    return {
        Task.REGRESSION: Outcome(y, mean=mean, std=std, low=mean - std, high=mean + std, **shared),
        Task.CLASSIFICATION: Outcome(label, Task.CLASSIFICATION, probabilities=p, **shared),
        Task.SEGMENTATION: charts(generator, 0.5, **shared),
        Task.MULTILABEL: Outcome(many, Task.MULTILABEL, probabilities=generator.random((N, 3)), **shared),
    }


def charts(generator, right, **shared):
    """Three small masks a sample, of which a part is right."""
    classes = (4, 3, 3)
    truth = generator.integers(0, np.array(classes)[:, None, None], (N, 3, 6, 6)).astype(np.uint8)
    said = np.where(generator.random(truth.shape) < right, truth, truth // 2).astype(np.uint8)
    confusion, boundary = confusion_of(truth, said, classes), boundary_of(truth, said, classes, tolerance=1)
    return maps(confusion, heads=("SIC", "SOD", "FLOE"), boundary=boundary, **shared)


CASES = [(metric, task) for metric in METRICS.values() for task in metric.tasks]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0].name}-{case[1]}")
def case(request):
    metric, task = request.param
    return metric, outcomes()[task]


def test_it_is_a_finite_number(case):
    metric, outcome = case
    assert metric.applies(outcome)
    assert np.isfinite(metric(outcome))


def test_a_weight_is_a_number_of_copies(case):
    metric, outcome = case
    copies = np.repeat(np.arange(N), outcome.weights.astype(int))
    unweighted = Outcome(**{**vars(outcome.take(copies)), "weights": np.ones(len(copies))})
    assert metric(unweighted) == pytest.approx(metric(outcome), rel=1e-9, abs=1e-12)


def test_the_order_of_the_rows_does_not_matter(case):
    metric, outcome = case
    order = np.random.default_rng(1).permutation(N)
    assert metric(outcome.take(order)) == pytest.approx(metric(outcome), rel=1e-9, abs=1e-12)


def test_a_resample_is_the_metric_of_the_drawn_rows(case):
    metric, outcome = case
    resampler = Resampler(outcome.groups, 20, 0)
    fast = resampler.distribution(metric, outcome)
    for counts, value in zip(resampler.counts, fast, strict=True):
        drawn = [outcome.take(resampler.unit == unit) for unit in np.repeat(np.arange(len(counts)), counts.astype(int))]
        slow = metric(concatenate(drawn))
        # The areas under the curves are resampled to first order only.
        first_order = {"auc": {"abs": 0.02}, "average_precision": {"abs": 0.04}}
        tolerance = first_order.get(metric.name, {"rel": 1e-9, "abs": 1e-12})
        assert value == pytest.approx(slow, **tolerance)


def test_a_perfect_method_is_not_beaten(case):
    metric, outcome = case
    if outcome.task is Task.REGRESSION:
        narrow = np.full_like(outcome.observed, 1e-3)
        best = Outcome(outcome.observed, mean=outcome.observed, std=narrow)
    elif outcome.task is Task.SEGMENTATION:
        best = charts(np.random.default_rng(0), 1.0)
    else:
        truth = np.eye(3)[outcome.labels] if outcome.task is Task.CLASSIFICATION else outcome.observed
        best = Outcome(outcome.observed, outcome.task, probabilities=truth)
    if metric.better == "low" and metric.name != "pit":
        assert metric(best) <= metric(outcome)
    if metric.better == "high":
        assert metric(best) >= metric(outcome)
        assert metric(best) == pytest.approx(1.0)


def test_names_are_keys_and_every_task_has_its_deciding_metric():
    assert all(name == metric.name for name, metric in METRICS.items())
    assert all(task in METRICS[name].tasks for task, name in DECIDING.items())
    assert all((metric.nominal is not None) == (metric.better == "nominal") for metric in METRICS.values())


@pytest.mark.parametrize("name", METRICS)
def test_it_is_defined_in_the_documentation(name):
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page
