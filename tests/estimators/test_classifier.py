from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_iris
from sklearn.model_selection import cross_val_score

from isinglass import Classifier

QUICK = {"n_estimators": 4, "epochs": 150, "hidden": (32, 32), "threads": 1, "random_state": 0}


@pytest.fixture(scope="module")
def iris() -> tuple[np.ndarray, np.ndarray]:
    data = load_iris()
    return data.data, np.array(data.target_names)[data.target]


@pytest.fixture(scope="module")
def fitted(iris: tuple[np.ndarray, np.ndarray]) -> Classifier:
    return Classifier(**QUICK).fit(*iris)


@pytest.mark.slow
def test_iris(iris: tuple[np.ndarray, np.ndarray]) -> None:
    assert cross_val_score(Classifier(**QUICK), *iris, cv=3).mean() > 0.93


def test_classes_and_probabilities(fitted: Classifier, iris: tuple[np.ndarray, np.ndarray]) -> None:
    X, _ = iris
    probabilities = fitted.predict_proba(X)
    assert fitted.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert_allclose(probabilities.sum(axis=1), 1.0)
    assert_array_equal(fitted.predict(X), fitted.classes_[probabilities.argmax(axis=1)])
    assert fitted.predict_members(X).shape == (4, 150, 3)
    assert fitted.novelty(X + 100).min() > 1


def test_out_of_bag(fitted: Classifier, iris: tuple[np.ndarray, np.ndarray]) -> None:
    known = np.isfinite(fitted.oob_prediction_).all(axis=1)
    said = fitted.classes_[fitted.oob_prediction_[known].argmax(axis=1)]
    assert fitted.oob_prediction_.shape == (150, 3)
    assert fitted.oob_score_ == pytest.approx(np.mean(said == iris[1][known]))
    assert fitted.oob_score_ > 0.9


def test_repetition_changes_nothing(iris: tuple[np.ndarray, np.ndarray]) -> None:
    """Dropout masks included."""
    X, y = iris
    weights = np.random.default_rng(0).integers(0, 3, 150)
    quick = {**QUICK, "epochs": 5, "dropout": 0.3}
    weighted = Classifier(**quick).fit(X, y, sample_weight=weights)
    repeated = Classifier(**quick).fit(X.repeat(weights, axis=0), y.repeat(weights))
    assert_array_equal(weighted.predict_proba(X), repeated.predict_proba(X))


@pytest.mark.parametrize("loss", ["cross_entropy", "weston_watkins", "one_vs_all", "structured"])
def test_losses(iris: tuple[np.ndarray, np.ndarray], loss: str) -> None:
    model = Classifier(**QUICK, loss=loss).fit(*iris)
    assert model.score(*iris) > 0.9


@pytest.mark.slow
def test_two_classes_of_any_type(iris: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = iris
    for labels in (y == "setosa", np.where(y == "setosa", -1, 7), np.where(y == "setosa", "a", "b").astype(object)):
        model = Classifier(**QUICK).fit(X, labels)
        assert_array_equal(model.predict(X), labels)
        assert model.predict_proba(X).shape == (150, 2)


def test_a_class_without_weight_is_none(iris: tuple[np.ndarray, np.ndarray]) -> None:
    X, y = iris
    model = Classifier(**QUICK).fit(X, y, sample_weight=y != "setosa")
    assert model.classes_.tolist() == ["versicolor", "virginica"]


def test_a_single_class_is_predicted(iris: tuple[np.ndarray, np.ndarray]) -> None:
    X, _ = iris
    model = Classifier(**QUICK).fit(X, np.full(150, "only"))
    assert set(model.predict(X)) == {"only"}
    assert_allclose(model.predict_proba(X), 1.0)


def test_numbers_are_no_classes(iris: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="Unknown label type"):
        Classifier(**QUICK).fit(iris[0], iris[0][:, 0] + 0.123)


def test_pickle(fitted: Classifier, iris: tuple[np.ndarray, np.ndarray]) -> None:
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.predict_proba(iris[0]), fitted.predict_proba(iris[0]))
