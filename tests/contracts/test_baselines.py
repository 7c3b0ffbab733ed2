"""What every conventional method must keep."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from isinglass.data.hashing import hash_values
from isinglass.data.splits import split
from isinglass.evaluation.baselines import BASELINES, run
from isinglass.evaluation.intervals import evaluate
from isinglass.evaluation.metrics import METRICS
from isinglass.recipe import EvaluationRecipe, SplitRecipe
from isinglass.spec import ROW, Column, Feature, Kind, Role, Task

N = 160
TASKS = (Task.REGRESSION, Task.CLASSIFICATION, Task.MULTILABEL)
KINDS = ("numeric", "numeric", "onehot", "indicator", "code")


def table(task, *, n=N, seed=0, constant=False):
    """A table with missing values, a one-hot column, a code of many categories, weights and groups."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 5)).astype(np.float32)
    x[:, 2] = generator.integers(0, 2, n)
    x[:, 4] = generator.integers(0, 15, n)
    signal = x[:, 0] + 2 * x[:, 2] + np.sin(x[:, 4])
    missing = generator.random(n) < 0.1
    x[missing, 1] = np.nan
    x[:, 3] = missing
    noise = 0.3 * generator.normal(size=(n, 2))
    targets = {
        Task.REGRESSION: np.stack([signal, -300 * signal], 1) + noise * [1, 300],
        Task.CLASSIFICATION: np.digitize(signal + noise[:, 0], [0, 1.5])[:, None],
        Task.MULTILABEL: np.stack([signal, -signal], 1) + noise > 0.5,
    }[task].astype(float)
    columns = tuple(Column(f"y{i}", Kind.CONTINUOUS, categories=("a", "b", "c", "d")) for i in range(targets.shape[1]))
    features = tuple(Feature(f"x{i}", f"x{i}", kind, 15 * (kind == "code")) for i, kind in enumerate(KINDS))
    return SimpleNamespace(
        inputs=x,
        targets=np.zeros_like(targets) if constant else targets,
        weights=generator.uniform(0.5, 2, n),
        ids=hash_values(np.arange(n)),
        coords={"group": np.arange(n) % 12},  # settings are chosen on whole groups: of three, none is well chosen
        schema=SimpleNamespace(task=task, targets=columns, features=features, spec=ROW),
    )


@pytest.fixture(params=BASELINES.values(), ids=lambda baseline: baseline.name)
def baseline(request):
    return request.param


def runs(baseline, task, *, seed=0, **options):
    data = table(task, **options)
    splits = split(data, SplitRecipe(kind="group", folds=2), seed=0)
    return data, splits, run(baseline, data, splits, seed=seed)


@pytest.mark.parametrize("task", TASKS)
def test_it_predicts_every_tested_row(baseline, task):
    data, splits, found = runs(baseline, task)
    outcome = found.outcome
    assert (found.rows == splits.tested).all()
    assert (outcome.observed == data.targets[found.rows]).all()
    assert (outcome.weights == data.weights[found.rows]).all()
    assert (outcome.groups == splits.units[found.rows]).all()
    assert (found.name, found.title) == (baseline.name, baseline.title)
    assert len(found.settings) == (2 if len(baseline.settings) > 1 else 0)
    if task is Task.REGRESSION:
        assert np.isfinite(outcome.mean).all()
        assert (outcome.std > 0).all()
        assert (outcome.low < outcome.mean).all()
        assert (outcome.mean < outcome.high).all()
    else:
        p = outcome.probabilities
        assert p.shape == (N, 4 if task is Task.CLASSIFICATION else 2)
        assert ((p >= 0) & (p <= 1)).all()
    if task is Task.CLASSIFICATION:
        assert p.sum(1) == pytest.approx(np.ones(N))


@pytest.mark.parametrize("task", TASKS)
def test_it_beats_the_mean_by_far(baseline, task):
    deciding = METRICS["rmse" if task is Task.REGRESSION else "brier"]
    mean = deciding(runs(BASELINES["mean"], task)[2].outcome)
    ours = deciding(runs(baseline, task)[2].outcome)
    assert ours == mean if baseline.name == "mean" else ours < 0.75 * mean


def test_it_knows_its_own_error(baseline):
    found = evaluate(runs(baseline, Task.REGRESSION, n=400)[2].outcome, bootstrap=0)
    assert 0.8 <= found["coverage_90"].value <= 0.98
    best_nll = np.log(found["rmse"].value)  # scale of the two outputs mixed: only a sanity bound
    assert found["nll"].value < best_nll + 3


def test_the_seed_decides(baseline):
    first, again = (runs(baseline, Task.REGRESSION, seed=3)[2].outcome for _ in range(2))
    assert (first.mean == again.mean).all()
    assert (first.std == again.std).all()


def test_test_rows_are_never_seen(baseline):
    data = table(Task.REGRESSION)
    splits = split(data, SplitRecipe(kind="group", scheme="sealed"), seed=0)
    before = run(baseline, data, splits).outcome
    test = splits.role[0] == Role.TEST
    data.targets = np.where(test[:, None], 1e6, data.targets)
    after = run(baseline, data, splits).outcome
    assert (before.mean == after.mean).all()
    assert (before.std == after.std).all()


@pytest.mark.parametrize("task", TASKS)
def test_it_keeps_its_fits_and_what_they_say_of_training_rows(baseline, task):
    data, splits, found = runs(baseline, task)
    assert len(found.held) == len(found.fitted) == splits.folds
    for fold, (held, fitted) in enumerate(zip(found.held, found.fitted, strict=True)):
        assert (splits.role[fold, held.rows] == Role.TRAIN).all()
        assert len(np.unique(held.rows)) == len(held.rows) >= 0.6 * (splits.role[fold] == Role.TRAIN).sum()
        test = np.isin(found.rows, np.flatnonzero(splits.role[fold] == Role.TEST))
        said = found.outcome.mean if task is Task.REGRESSION else found.outcome.probabilities
        assert fitted(data.inputs[found.rows[test]]) == pytest.approx(said[test])
        assert held.predicted.shape == (len(held.rows), said.shape[1])
        if task is Task.REGRESSION:
            residual = held.predicted - data.targets[held.rows]
            weights = data.weights[held.rows]
            assert np.sqrt(np.average(residual**2, axis=0, weights=weights)) == pytest.approx(fitted.std)


def test_a_row_that_is_held_out_was_not_learnt(baseline):
    data = table(Task.REGRESSION)
    splits = split(data, SplitRecipe(kind="group", scheme="sealed"), seed=0)
    (before,) = run(baseline, data, splits).held
    unit = splits.units == splits.units[before.rows[0]]
    data.targets = np.where(unit[:, None], data.targets + 1e6, data.targets)
    (after,) = run(baseline, data, splits).held
    mine = unit[before.rows]
    assert (before.rows == after.rows).all()
    # The chosen setting may change; the mean of others' targets can not reach so far.
    assert np.abs(after.predicted[mine] - before.predicted[mine]).max() < 1e5


def test_a_constant_target_is_survived(baseline):
    assert np.isfinite(runs(baseline, Task.REGRESSION, constant=True)[2].outcome.mean).all()
    assert METRICS["accuracy"](runs(baseline, Task.CLASSIFICATION, constant=True)[2].outcome) == 1.0
    assert METRICS["accuracy"](runs(baseline, Task.MULTILABEL, constant=True)[2].outcome) == 1.0


def test_names_are_keys_and_simpler_ones_come_first():
    assert all(name == baseline.name for name, baseline in BASELINES.items())
    ranks = [baseline.simplicity for baseline in BASELINES.values()]
    assert ranks == sorted(set(ranks))
    assert EvaluationRecipe(baselines=tuple(BASELINES)).baselines == tuple(BASELINES)


@pytest.mark.parametrize("task", TASKS)
def test_a_column_that_is_empty_in_all_training_rows_is_survived(baseline, task):
    """What was measured in one season only, when that season is left out; the same for all columns at once."""
    data = table(task)
    splits = split(data, SplitRecipe(kind="group", folds=2), seed=0)
    data.inputs[splits.role[0] == Role.TRAIN, 0] = np.nan
    data.inputs[splits.role[1] == Role.TRAIN, 0:2] = np.nan
    outcome = run(baseline, data, splits).outcome
    assert np.isfinite(outcome.mean if task is Task.REGRESSION else outcome.probabilities).all()
