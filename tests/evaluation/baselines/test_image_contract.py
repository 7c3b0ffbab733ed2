"""What every conventional method for images must keep."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.images.schema import ImageSchema
from isinglass.data.splits.splits import Splits
from isinglass.evaluation.baselines import IMAGE_BASELINES, run, run_all
from isinglass.evaluation.metrics import METRICS
from isinglass.spec import Column, Kind, Role, Task

N, TRAIN = 240, 180
TASKS = (Task.REGRESSION, Task.CLASSIFICATION, Task.MULTILABEL)


@cache
def images(task, *, depth="uint8", channels=3, constant=False):
    """Stripes: lying ones are dark and blue, standing ones bright and red, slanting ones between; and how bright."""
    numbers = np.random.default_rng(0)
    label = numbers.integers(0, 3, N)
    y, x = np.mgrid[:16, :16]
    phase = numbers.uniform(0, 6, N)[:, None, None]
    along = np.stack([y, x, (x + y) / 1.4])[label]
    wave = np.sin(1.5 * along + phase)[:, None]
    level = (60 + 40 * label)[:, None, None, None] + 20 * wave
    tint = np.linspace(-1, 1, channels)[:, None, None] * (label - 1)[:, None, None, None] * 25
    pixels = level + tint + numbers.normal(0, 6, (N, channels, 16, 16))
    bright = pixels.mean((1, 2, 3))
    targets = {
        Task.REGRESSION: np.stack([bright, -3 * bright], 1),
        Task.CLASSIFICATION: label[:, None],
        Task.MULTILABEL: np.stack([label == 0, label == 2], 1),
    }[task].astype(float)
    scale = {"uint8": 1, "uint16": 100, "float32": 0.01}[depth]
    columns = tuple(
        Column(f"y{i}", Kind.CATEGORICAL, categories=("lying", "standing", "slanting", "never"))
        for i in range(targets.shape[1])
    )
    data = SimpleNamespace(
        inputs=(pixels.clip(0, 255) * scale).astype(depth),
        targets=np.zeros_like(targets) if constant else targets,
        weights=numbers.uniform(0.5, 2, N),
        schema=ImageSchema(tuple("abcdefgh"[:channels]), 16, 16, depth, columns, task),
    )
    role = np.full((1, N), Role.TRAIN, np.int8)
    role[:, TRAIN:] = Role.TEST
    return data, Splits(role, "official", "sealed", units=np.arange(N, dtype=np.uint64))


@cache
def found(name, task, **options):
    return run(IMAGE_BASELINES[name], *images(task, **options))


@pytest.fixture(params=IMAGE_BASELINES)
def name(request):
    return request.param


def served(name, task):
    if task not in IMAGE_BASELINES[name].tasks:
        pytest.skip("not a task of this method")


@pytest.mark.parametrize("task", TASKS)
def test_it_predicts_every_tested_image_better_than_the_mean(name, task):
    served(name, task)
    data, splits = images(task)
    method, baseline = found(name, task), IMAGE_BASELINES[name]
    outcome = method.outcome
    assert (method.rows == splits.tested).all()
    assert (outcome.observed == data.targets[TRAIN:]).all()
    assert (outcome.weights == data.weights[TRAIN:]).all()
    assert set(method.settings) <= set(baseline.settings)
    deciding = METRICS["rmse" if task is Task.REGRESSION else "brier"]
    loss, mean = deciding(outcome), deciding(found("mean", task).outcome)
    assert loss == mean if name == "mean" else loss < 0.6 * mean
    if task is Task.REGRESSION:
        assert np.isfinite(outcome.mean).all()
        assert (outcome.low < outcome.high).all()
    else:
        shown = outcome.probabilities[:, :3] if task is Task.CLASSIFICATION else outcome.probabilities
        assert ((shown > 0) & (shown < 1)).all()
        assert outcome.probabilities.shape == (N - TRAIN, 4 if task is Task.CLASSIFICATION else 2)
    if task is Task.CLASSIFICATION:
        assert outcome.probabilities.sum(1) == pytest.approx(np.ones(N - TRAIN))


@pytest.mark.parametrize(("depth", "channels"), [("uint16", 5), ("float32", 1)])
def test_other_depths_and_channels(name, depth, channels):
    outcome = found(name, Task.CLASSIFICATION, depth=depth, channels=channels).outcome
    assert name == "mean" or METRICS["accuracy"](outcome) > 0.8


def test_the_seed_decides(name):
    again = run(IMAGE_BASELINES[name], *images(Task.CLASSIFICATION))
    assert (again.outcome.probabilities == found(name, Task.CLASSIFICATION).outcome.probabilities).all()


def test_test_images_are_never_seen(name):
    data, splits = images(Task.CLASSIFICATION)
    changed = np.arange(N)[:, None] >= TRAIN
    other = SimpleNamespace(**(vars(data) | {"targets": np.where(changed, 2.0 - data.targets, data.targets)}))
    after = run(IMAGE_BASELINES[name], other, splits).outcome.probabilities
    assert (after == found(name, Task.CLASSIFICATION).outcome.probabilities).all()


@pytest.mark.parametrize("task", [Task.REGRESSION, Task.CLASSIFICATION])
def test_a_constant_target_is_survived(name, task):
    served(name, task)
    outcome = found(name, task, constant=True).outcome
    if task is Task.REGRESSION:
        assert np.abs(outcome.mean).max() < 1e-6
    else:
        assert METRICS["accuracy"](outcome) == pytest.approx(1.0)


def test_images_of_one_colour_are_survived(name):
    data, splits = images(Task.CLASSIFICATION)
    flat = SimpleNamespace(**(vars(data) | {"inputs": np.full_like(data.inputs, 7)}))
    probabilities = run(IMAGE_BASELINES[name], flat, splits).outcome.probabilities
    share = np.bincount(data.targets[:TRAIN, 0].astype(int), data.weights[:TRAIN], 4) / data.weights[:TRAIN].sum()
    assert np.isfinite(probabilities).all()
    # Neighbours of equal images are any images: their votes are as good as any. Margins know the shares of one
    # image in five.
    assert name.startswith("knn") or np.abs(probabilities - share).max() < 0.2


def test_names_are_keys_and_simpler_ones_come_first():
    assert all(name == baseline.name for name, baseline in IMAGE_BASELINES.items())
    ranks = [baseline.simplicity for baseline in IMAGE_BASELINES.values()]
    assert ranks == sorted(set(ranks))


def test_methods_for_classes_are_left_out_of_a_regression():
    data, splits = images(Task.REGRESSION)
    done = [one.name for one in run_all(IMAGE_BASELINES, ("mean", "svm", "colour_histogram"), data, splits)]
    assert done == ["mean", "colour_histogram"]
