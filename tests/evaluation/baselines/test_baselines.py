"""Single methods against independent implementations; the lectures' nearest neighbour (example 7)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsRegressor, NearestNeighbors

from isinglass.data.splits import split
from isinglass.errors import RecipeError
from isinglass.evaluation.baselines import (
    BASELINES,
    Baseline,
    BaselineRun,
    FailedRun,
    Table,
    distance,
    linear,
    neighbours,
    run_all,
    trees,
)
from isinglass.evaluation.baselines.encoding import encode
from isinglass.evaluation.baselines.fitting import fit
from isinglass.evaluation.baselines.running import _thinned
from isinglass.recipe import SplitRecipe
from isinglass.spec import ROW, Feature, Task

TEST = np.array([[56, 32, 10, 18], [90, 23, 128, 133], [24, 26, 178, 200], [2, 0, 255, 220]])
TRAIN = np.array([[10, 20, 24, 17], [8, 10, 89, 100], [12, 16, 178, 170], [4, 32, 233, 112]])


def table(x, y, *, weights=None, task=Task.REGRESSION, width=1, kinds=None):
    kinds = kinds or ["numeric"] * x.shape[1]
    features = tuple(Feature(f"x{i}", f"x{i}", kind, 50 * (kind == "code")) for i, kind in enumerate(kinds))
    weights = np.ones(len(x)) if weights is None else weights
    return Table(x.astype(np.float32), y.reshape(len(x), -1).astype(float), weights, features, task, width)


def numbers(n=300, width=4, seed=0):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, width)).astype(np.float32)
    return x, x @ np.arange(1, width + 1) + 0.1 * generator.normal(size=n)


def test_the_lectures_two_images_are_456_apart():
    assert distance(TEST, TRAIN, "l1") == 456.0
    assert distance(TEST, TRAIN, "l2") == pytest.approx(np.linalg.norm(TEST - TRAIN))


@pytest.mark.parametrize("metric", ["l1", "l2"])
def test_neighbours_are_measured_by_that_distance(metric):
    index = NearestNeighbors(n_neighbors=1, metric=neighbours.METRICS[metric]).fit(TRAIN.reshape(1, -1))
    assert index.kneighbors(TEST.reshape(1, -1))[0][0, 0] == pytest.approx(distance(TEST, TRAIN, metric))


@pytest.mark.parametrize(("metric", "power"), [("l1", 1), ("l2", 2)])
def test_neighbours_against_scikit_learn(metric, power):
    x, y = numbers()
    scaled = (x - x.mean(0)) / x.std(0)
    predicted = neighbours.fit(table(x, y), 0, 1, metric=metric)(x)
    for place, count in enumerate(neighbours.COUNTS):
        theirs = KNeighborsRegressor(count, p=power).fit(scaled, y).predict(scaled)
        assert predicted[place, :, 0] == pytest.approx(theirs, rel=1e-4, abs=1e-4)


def test_ridge_against_scikit_learn():
    x, y = numbers()
    weights = np.random.default_rng(1).uniform(0.1, 2, len(x))
    data = table(x, y, weights=weights)
    z = encode(data, 0, scaled=True).train
    share = weights / weights.sum()
    spread = np.linalg.eigvalsh((z * share[:, None]).T @ z - np.outer(share @ z, share @ z)).mean()
    predicted = linear.fit(data, 0, 1)(x)
    for place, strength in enumerate(linear.STRENGTHS):
        theirs = Ridge(alpha=strength * spread).fit(z, y, sample_weight=share).predict(z)
        assert predicted[place, :, 0] == pytest.approx(theirs, rel=1e-6, abs=1e-6)


def test_boosting_divides_few_rows():
    x, y = numbers(24)
    assert trees.fit_boosting(table(x, y), 0, 1)(x).std(axis=1).min() > 0.1
    label = (x[:, 0] > 0).astype(float)
    kinds = trees.fit_boosting(table(x, label, task=Task.CLASSIFICATION, width=2), 0, 1)(x)
    assert kinds.std(axis=1).min() > 0.1


@pytest.mark.parametrize(("rows", "leaf"), [(10, 2), (60, 6), (199, 19), (200, 20), (5000, 20)])
def test_boosting_of_many_rows_has_the_usual_leaves(rows, leaf):
    x, y = numbers(rows)
    assert trees._options(table(x, y), 1, 0)["min_samples_leaf"] == leaf


def test_equal_columns_and_constant_ones_do_no_harm():
    x, y = numbers()
    x = np.column_stack([x, x[:, 0], np.full(len(x), 7.0)])
    predicted = linear.fit(table(x, y), 0, 1)(x)
    assert np.sqrt(np.mean((predicted[0, :, 0] - y) ** 2)) < 0.12


def test_the_residuals_are_those_of_unseen_rows():
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(300, 3)), generator.normal(size=300)
    fitted = fit(trees.FOREST, table(x, y), np.arange(300, dtype=np.uint64), coverage=0.9, seed=0, threads=1)
    seen = np.std(fitted(x.astype(np.float32))[:, 0] - y)
    assert seen < 0.5
    assert fitted.std[0] > 0.95


def test_residuals_of_groups_contain_what_groups_differ_by():
    generator = np.random.default_rng(0)
    group = np.repeat(np.arange(20), 20)
    level = generator.normal(size=20)[group]
    data = table(np.column_stack([group, generator.normal(size=400)]).astype(float), level)
    by_row = fit(trees.FOREST, data, np.arange(400, dtype=np.uint64), coverage=0.9, seed=0, threads=1)
    by_group = fit(trees.FOREST, data, group.astype(np.uint64), coverage=0.9, seed=0, threads=1)
    assert by_group.std[0] > 3 * by_row.std[0]


def bag_of(units, n=600, trees_=trees.FOREST):
    x, y = numbers(n)
    return table(x, y), fit(trees_, table(x, y), units, coverage=0.9, seed=0, threads=1)


def test_a_forest_of_single_rows_is_fitted_once():
    fits = []
    once = replace(trees.FOREST, fit=lambda *given: fits.append(1) or trees.fit_forest(*given))
    data, fitted = bag_of(np.arange(600, dtype=np.uint64), trees_=once)
    assert len(fits) == 1
    assert len(fitted.held.rows) == 600
    # Out of the bag a forest errs about as much as on new rows, far more than on rows that it has learnt.
    x, y = numbers(600, seed=1)
    new = np.sqrt(np.mean((fitted(x)[:, 0] - y) ** 2))
    assert fitted.std[0] == pytest.approx(new, rel=0.15)
    assert fitted.std[0] > 2 * np.sqrt(np.mean((fitted(data.inputs)[:, 0] - data.targets[:, 0]) ** 2))


def test_bags_that_hold_an_equal_row_do_not_answer():
    """Targets are noise and every row is there twice: a bag with the twin would know the answer."""
    rng = np.random.default_rng(0)
    x, y = np.repeat(rng.normal(size=(200, 3)), 2, axis=0), np.repeat(rng.normal(size=200), 2)
    twins = fit(
        trees.FOREST, table(x, y), np.repeat(np.arange(200), 2).astype(np.uint64), coverage=0.9, seed=0, threads=1
    )
    alone = fit(trees.FOREST, table(x, y), np.arange(400, dtype=np.uint64), coverage=0.9, seed=0, threads=1)
    assert twins.std[0] > 0.95
    assert alone.std[0] < 0.8


def test_large_groups_are_in_every_bag_and_fitted_again():
    fits = []

    def counted(*given):
        fits.append(len(given[0]))
        return trees.fit_forest(*given)

    bag_of(np.repeat(np.arange(12), 50).astype(np.uint64), trees_=replace(trees.FOREST, fit=counted, lighter=counted))
    assert len(fits) == 3
    assert fits[0] == 600
    assert max(fits[1:]) <= 450


def test_a_forest_fitted_again_has_as_many_trees_as_answer_out_of_the_bag():
    x, y = numbers(600)
    forests, units = [], np.repeat(np.arange(12), 50).astype(np.uint64)
    kept = replace(trees.FOREST, lighter=lambda *given: forests.append(trees.FOREST.lighter(*given)) or forests[-1])
    fitted = fit(kept, table(x, y), units, coverage=0.9, seed=0, threads=1)
    out = trees.bagged_forest(fitted.method, x.astype(np.float32), np.arange(600, dtype=np.uint64))[0]
    assert len(out) == 600
    votes = np.zeros(600)
    for bag in fitted.method.forest.estimators_samples_:
        votes[np.setdiff1d(np.arange(600), bag)] += 1
    assert [len(one.forest.estimators_) for one in forests] == [37, 37]
    assert votes.mean() == pytest.approx(37, abs=1)
    full = fit(replace(trees.FOREST, lighter=None), table(x, y), units, coverage=0.9, seed=0, threads=1)
    assert fitted.std == pytest.approx(full.std, rel=0.05)
    assert (fitted(x.astype(np.float32)) == full(x.astype(np.float32))).all()
    assert fitted.again


@pytest.mark.parametrize("task", [Task.REGRESSION, Task.CLASSIFICATION, Task.MULTILABEL])
def test_boosting_up_to_the_chosen_setting_says_what_boosting_up_to_the_last_says(task):
    x, y = numbers(300)
    target = y if task is Task.REGRESSION else (y > 0).astype(float)
    data = table(x, target, task=task, width=2 if task is Task.CLASSIFICATION else 1)
    whole = trees.fit_boosting(data, 0, 1)(x)
    for setting in range(len(trees.STAGES)):
        assert (trees.fit_boosting(data, 0, 1, setting)(x)[setting] == whole[setting]).all()


def test_boosting_grows_no_trees_that_nobody_asks():
    x, y = np.random.default_rng(0).normal(size=(2, 400, 3))
    fitted = fit(trees.BOOSTING, table(x, y[:, 0]), np.arange(400, dtype=np.uint64), coverage=0.9, seed=0, threads=1)
    assert trees.STAGES[fitted.setting] == 25  # noise: every tree does harm
    assert fitted.method.outputs[0].model.n_iter_ == 25


@pytest.mark.parametrize("task", [Task.REGRESSION, Task.CLASSIFICATION])
def test_equal_weights_change_no_tree(task):
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    x, y = numbers(400)
    target = y if task is Task.REGRESSION else (y > 0).astype(float)
    data = table(x, target, task=task, width=2 if task is Task.CLASSIFICATION else 1)
    kind = HistGradientBoostingRegressor if task is Task.REGRESSION else HistGradientBoostingClassifier
    theirs = kind(**trees._options(data, 1, 0)).fit(x, target, sample_weight=np.ones(400))
    mine = trees.fit_boosting(data, 0, 1)(x)[-1]
    assert (mine == (theirs.predict(x)[:, None] if task is Task.REGRESSION else theirs.predict_proba(x))).all()


def test_of_many_rows_one_third_is_held_out_once():
    x, y = numbers(neighbours.ONCE + 400)
    for method in (neighbours.L1, trees.BOOSTING):
        fitted = fit(method, table(x, y), np.arange(len(x), dtype=np.uint64), coverage=0.9, seed=0, threads=1)
        assert len(fitted.held.rows) == pytest.approx(len(x) / 3, rel=0.1)


def test_a_code_of_single_rows_does_not_repeat_its_target():
    generator = np.random.default_rng(0)
    codes, y = np.arange(50.0)[:, None], generator.normal(size=50)
    encoding = encode(table(codes, y, kinds=["code"]), 0, scaled=False)
    assert (encoding.train == 0).all()  # no other row knows anything of this one's category
    assert encoding.apply(np.array([[999.0], [-1.0]])).shape == (2, 1)


def test_missing_values_become_the_mean_where_a_number_is_needed():
    x, y = numbers()
    x[::3, 0] = np.nan
    z = encode(table(x, y), 0, scaled=True).train
    assert (z[::3, 0] == 0).all()
    assert np.delete(z[:, 0], np.s_[::3]).std() == pytest.approx(1.0)
    assert np.isnan(encode(table(x, y), 0, scaled=False).train[::3, 0]).all()


def test_large_tables_are_thinned_reproducibly():
    kept = _thinned(np.arange(1000), 10, 0)
    assert len(kept) == 10
    assert (kept == _thinned(np.arange(1000), 10, 0)).all()
    assert (np.diff(kept) > 0).all()


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(RecipeError, match=r"unknown baseline\. Given: xgboost\. Allowed: mean, linear, knn_l1"):
        next(run_all(BASELINES, ("xgboost",), None, None))


def broken(error):
    def fit(table, seed, threads):
        raise error

    return fit


def nothing_finite(table, seed, threads):
    return lambda inputs: np.full((1, len(inputs), table.width), np.nan)


@pytest.mark.parametrize(
    ("fit", "why"),
    [
        (broken(ValueError("the window is too wide.\nSecond line")), "the window is too wide"),
        (broken(MemoryError()), "MemoryError"),
        (broken(ValueError("x" * 200)), "x" * 87 + "..."),
        (nothing_finite, "its predictions are not finite numbers"),
    ],
    ids=["error", "no words", "long", "not finite"],
)
def test_a_method_that_fails_is_told_and_ends_nothing(fit, why):
    data, splits = study_rows()
    methods = {"mean": BASELINES["mean"], "bad": Baseline("bad", "a bad method", fit), "linear": BASELINES["linear"]}
    first, bad, last = run_all(methods, tuple(methods), data, splits)
    assert isinstance(first, BaselineRun)
    assert isinstance(last, BaselineRun)
    assert isinstance(bad, FailedRun)
    assert (bad.name, bad.title, bad.why) == ("bad", "a bad method", why)
    assert bad.notes == (f"a bad method failed ({why}): it has no scores, and the verdict leaves it out",)


def test_an_interruption_is_no_failure_of_a_method():
    data, splits = study_rows()
    stopped = {"stopped": Baseline("stopped", "a method", broken(KeyboardInterrupt()))}
    with pytest.raises(KeyboardInterrupt):
        list(run_all(stopped, ("stopped",), data, splits))


def study_rows():
    x, y = numbers(60)
    features = tuple(Feature(f"x{i}", f"x{i}", "numeric", 0) for i in range(x.shape[1]))
    schema = SimpleNamespace(task=Task.REGRESSION, targets=(), features=features, spec=ROW)
    rows = SimpleNamespace(inputs=x, targets=y[:, None].astype(float), weights=np.ones(60), schema=schema)
    rows.ids, rows.coords = np.arange(60, dtype=np.uint64), {}
    return rows, split(rows, SplitRecipe(kind="random"), seed=0)


@pytest.mark.slow
def test_importing_does_not_import_what_is_slow():
    code = (
        "import isinglass.evaluation.verdict.verdict, sys; print([m for m in ('torch', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
