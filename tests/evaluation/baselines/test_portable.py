"""Fitted methods as arrays say what scikit-learn says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from isinglass.evaluation.baselines import BASELINES, Table, trees
from isinglass.evaluation.baselines.fitting import fit
from isinglass.evaluation.baselines.portable import portable
from isinglass.spec import Feature, Task

OPTIONS = {"coverage": 0.9, "seed": 0, "threads": 1}
KINDS = ("numeric", "numeric", "onehot", "onehot", "indicator", "code", "code")
TASKS = ("regression", "two outputs", "classification", "two classes", "an absent class", "one class", "multilabel")


def rows(n, seed):
    """Numbers with gaps, a one-hot category, a mark of gaps, and codes of many categories, 0 where unknown."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, len(KINDS))).astype(np.float32)
    category = generator.integers(0, 3, n)
    x[:, 2], x[:, 3] = category == 1, category == 2
    gone = generator.random(n) < 0.15
    x[gone, 1] = np.nan
    x[:, 4] = gone
    x[:, 5] = generator.integers(0, 12, n)
    x[:, 6] = generator.integers(0, 30, n)
    return x


def table(task, n=240):
    x = rows(n, 0)
    generator = np.random.default_rng(1)
    signal = x[:, 0] + 2 * x[:, 2] + np.sin(x[:, 5]) + 0.2 * generator.normal(size=n)
    label = np.digitize(signal, [0, 1.5])
    targets = {
        "regression": 1e6 + 1e-3 * signal,
        "two outputs": np.stack([signal, -300 * signal], axis=1),
        "classification": label,
        "two classes": label > 0,
        "an absent class": np.array([0, 2, 3])[label],
        "one class": np.full(n, 2),
        "multilabel": np.stack([label > 0, label > 1, np.zeros(n), np.ones(n)], axis=1),
    }[task]
    targets = np.asarray(targets, np.float64).reshape(n, -1)
    kinds = {"regression": Task.REGRESSION, "two outputs": Task.REGRESSION, "multilabel": Task.MULTILABEL}
    kind = kinds.get(task, Task.CLASSIFICATION)
    width = {"classification": 3, "two classes": 2}.get(task, 4) if kind is Task.CLASSIFICATION else targets.shape[1]
    features = tuple(Feature(f"x{i}", f"x{i}", one, 31 * (one == "code")) for i, one in enumerate(KINDS))
    return Table(x, targets, generator.uniform(0.5, 2, n), features, kind, width)


@pytest.fixture(params=BASELINES.values(), ids=lambda baseline: baseline.name)
def baseline(request):
    return replace(request.param, rounds=1)


@pytest.mark.parametrize("task", TASKS)
def test_it_says_what_the_fitted_method_says(baseline, task):
    data = table(task)
    fitted = fit(baseline, data, np.arange(len(data), dtype=np.uint64), **OPTIONS)
    asked = rows(300, 2)
    asked[:9, 0] = np.nan  # never missing before
    asked[9:12, 5] = 400  # a code that never was
    for setting in {0, len(baseline.settings) // 2, len(baseline.settings) - 1}:
        one = replace(fitted, setting=setting)
        found = portable(one)
        assert found is not None
        said = fitted.scale.told(found(asked))
        assert said.shape == (300, data.width)
        assert np.abs(said - one(asked)).max() <= 1e-10 * max(1.0, np.abs(one(asked)).max())


def test_what_has_no_portable_form_is_told():
    data = table("regression")
    fitted = fit(BASELINES["mean"], data, np.arange(len(data), dtype=np.uint64), **OPTIONS)
    assert portable(replace(fitted, method=lambda inputs: inputs)) is None


def test_a_forest_that_was_grown_on_bins_is_compared_with_values(monkeypatch):
    monkeypatch.setattr(trees, "ONCE", 100)
    data = table("regression")
    fitted = fit(BASELINES["random_forest"], data, np.arange(len(data), dtype=np.uint64), **OPTIONS)
    found, asked = portable(fitted), rows(300, 2)
    assert found is not None
    assert len(found.trees) == trees.TREES_OF_MANY
    assert np.abs(fitted.scale.told(found(asked)) - fitted(asked)).max() <= 1e-10 * 1e6
