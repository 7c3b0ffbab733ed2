"""Trees as arrays against scikit-learn's own predictions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)

from isinglass.errors import ModelFileError
from isinglass.evaluation.baselines.sklearn_trees import boosted_trees, forest_trees
from isinglass.portable import Trees
from isinglass.portable.trees import _walked


def rows(n=400, seed=0, missing=0.1):
    """Inputs in single precision with gaps, values that repeat, and one column that is missing in new rows alone."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 5)).astype(np.float32)
    x[:, 1] = generator.integers(0, 4, n)
    x[:, 2] = np.round(x[:, 2], 1)
    y = x[:, 0] + np.sin(3 * x[:, 2]) + x[:, 1]
    gone = generator.random((n, 3)) < missing
    x[:, :3][gone] = np.nan
    return x, y


def new_rows():
    x, _ = rows(seed=1, missing=0.3)
    x[::7, 3] = np.nan
    return x


@pytest.mark.parametrize("options", [{}, {"max_leaf_nodes": 30}, {"min_samples_leaf": 5, "max_depth": 4}])
def test_a_forest_of_numbers(options):
    x, y = rows()
    forest = RandomForestRegressor(20, random_state=0, **options).fit(x, y)
    trees = forest_trees(forest, 1)
    mean = trees.value[trees.leaves(new_rows())].mean(axis=0)[:, 0]
    assert mean == pytest.approx(forest.predict(new_rows()), rel=1e-12, abs=1e-12)


def test_a_forest_of_two_numbers():
    x, y = rows()
    forest = RandomForestRegressor(10, random_state=0).fit(x, np.stack([y, -1e6 * y], axis=1))
    trees = forest_trees(forest, 2)
    assert trees.value[trees.leaves(new_rows())].mean(axis=0) == pytest.approx(forest.predict(new_rows()), rel=1e-12)


def test_a_forest_of_classes_of_which_one_is_absent():
    x, y = rows()
    label = np.array([0, 2, 3])[np.digitize(y, [0, 2])]
    weights = np.random.default_rng(0).uniform(0.5, 2, len(x))
    forest = RandomForestClassifier(20, random_state=0, min_samples_leaf=3).fit(x, label, sample_weight=weights)
    trees = forest_trees(forest, 4)
    found = trees.value[trees.leaves(new_rows())].mean(axis=0)
    assert found[:, forest.classes_] == pytest.approx(forest.predict_proba(new_rows()), abs=1e-12)
    assert (found[:, 1] == 0).all()


def test_a_forest_that_met_one_class():
    x, _ = rows()
    forest = RandomForestClassifier(3, random_state=0).fit(x, np.full(len(x), 2))
    trees = forest_trees(forest, 4)
    assert (trees.value[trees.leaves(new_rows())] == [0, 0, 1, 0]).all()


@pytest.mark.parametrize("stage", [5, 30])
def test_a_booster_of_numbers(stage):
    x, y = rows()
    model = HistGradientBoostingRegressor(max_iter=30, random_state=0, early_stopping=False).fit(x, y)
    trees, counts = boosted_trees([model], [stage])
    assert counts == [stage]
    raw = model._baseline_prediction[0, 0] + trees.value[trees.leaves(new_rows()), 0].sum(axis=0)
    staged = list(model.staged_predict(new_rows()))
    assert raw == pytest.approx(staged[stage - 1], rel=1e-12, abs=1e-12)


def test_a_booster_of_classes_has_a_tree_a_class_and_stage():
    x, y = rows()
    model = HistGradientBoostingClassifier(max_iter=10, random_state=0, early_stopping=False)
    model.fit(x, np.digitize(y, [0, 2]))
    trees, (count,) = boosted_trees([model], [10])
    assert count == 30
    raw = trees.value[trees.leaves(new_rows()), 0].reshape(10, 3, -1).sum(axis=0).T + model._baseline_prediction
    assert raw == pytest.approx(model.decision_function(new_rows()), abs=1e-12)


def test_with_and_without_compilation_rows_come_to_the_same_leaves():
    x, y = rows()
    trees = forest_trees(RandomForestRegressor(5, random_state=0).fit(x, y), 1)
    x = new_rows()
    plain = _walked(trees.start, trees.feature, trees.threshold, trees.left, trees.right, trees.missing, x)
    assert (trees.leaves(x) == plain).all()


def test_a_value_at_a_threshold_goes_left_and_a_missing_one_where_the_node_says():
    stump = Trees(
        start=np.array([0]),
        feature=np.array([0, -1, -1], np.int16),
        threshold=np.array([1.5, 0, 0]),
        left=np.array([1, 0, 0], np.int32),
        right=np.array([2, 0, 1], np.int32),
        missing=np.array([False, False, False]),
        value=np.array([[-1.0], [1.0]]),
    )
    assert stump.leaves(np.array([[1.5], [np.nextafter(1.5, 2)], [np.nan], [-np.inf]])).tolist() == [[0, 1, 1, 0]]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("right", [2, 0, 7]),  # a leaf without a value
        ("left", [0, 0, 0]),  # a walk without an end
        ("right", [9, 0, 1]),  # a child outside
        ("start", [3]),
        ("threshold", [0.0, 1.0]),
    ],
)
def test_damaged_trees_are_refused(name, values):
    good = {
        "start": np.array([0]),
        "feature": np.array([0, -1, -1], np.int16),
        "threshold": np.array([1.5, 0, 0]),
        "left": np.array([1, 0, 0], np.int32),
        "right": np.array([2, 0, 1], np.int32),
        "missing": np.array([False, False, False]),
        "value": np.array([[-1.0], [1.0]]),
    }
    Trees(**good)
    with pytest.raises(ModelFileError, match="damaged"):
        Trees(**good | {name: np.array(values)})
