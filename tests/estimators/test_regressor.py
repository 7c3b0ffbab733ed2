from __future__ import annotations

import copy
import pickle
import pickletools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isinglass import Regressor
from isinglass.errors import RecipeError

QUICK = {"n_estimators": 4, "epochs": 60, "hidden": (16, 16), "threads": 1, "random_state": 0}


def wave(rows: int = 120, *, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """y = x1 + sin(2 x2) + noise, with a third column that says nothing."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 3))
    return X, X[:, 0] + np.sin(2 * X[:, 1]) + noise * rng.normal(size=rows)


@pytest.fixture(scope="module")
def fitted() -> Regressor:
    return Regressor(**QUICK).fit(*wave())


@pytest.mark.slow
def test_learns_more_than_a_line() -> None:
    X, y = wave(300)
    model = Regressor(n_estimators=4, threads=1, random_state=0).fit(X[:200], y[:200])
    line = LinearRegression().fit(X[:200], y[:200])
    assert model.score(X[200:], y[200:]) > 0.9 > line.score(X[200:], y[200:])


def test_interval_holds_about_what_it_says() -> None:
    X, y = wave(600, noise=0.5)
    model = Regressor(n_estimators=6, threads=1, random_state=0).fit(X[:300], y[:300])
    low, high = model.predict_interval(X[300:], coverage=0.8)
    assert 0.7 < np.mean((low <= y[300:]) & (y[300:] <= high)) < 0.9


def test_std_and_members(fitted: Regressor) -> None:
    X, _ = wave(seed=1)
    mean, std = fitted.predict(X, return_std=True)
    members = fitted.predict_members(X)
    assert mean.shape == std.shape == (120,)
    assert members.shape == (4, 120)
    assert_allclose(members.mean(axis=0), mean)
    assert (std > 0).all()


def test_interval_needs_a_share(fitted: Regressor) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        fitted.predict_interval(wave()[0], coverage=90)


def test_novelty_is_above_one_outside(fitted: Regressor) -> None:
    X, _ = wave()
    assert np.mean(fitted.novelty(X) > 1) < 0.05
    assert fitted.novelty(np.full((1, 3), 20.0))[0] > 1


def test_out_of_bag_is_said_by_networks_that_never_saw_the_row(fitted: Regressor) -> None:
    X, y = wave()
    known = np.isfinite(fitted.oob_prediction_)
    assert 0.4 < known.mean() < 1
    inside = np.mean((fitted.predict(X)[known] - y[known]) ** 2)
    outside = np.mean((fitted.oob_prediction_[known] - y[known]) ** 2)
    assert inside < outside
    assert_allclose(fitted.oob_score_, 1 - outside / y[known].var())


def test_curves_and_epochs(fitted: Regressor) -> None:
    assert len(fitted.loss_curve_) == len(fitted.validation_loss_curve_) >= 1
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0]
    assert 1 <= fitted.n_iter_ <= 60


def test_several_targets() -> None:
    X, y = wave()
    both = np.stack([y, 100 - 10 * y], axis=1)
    model = Regressor(**QUICK).fit(X, both)
    mean, std = model.predict(X, return_std=True)
    assert mean.shape == std.shape == model.oob_prediction_.shape == (120, 2)
    assert model.predict_members(X).shape == (4, 120, 2)
    assert model.predict_interval(X)[0].shape == (120, 2)
    assert model.score(X, both) > 0.5
    assert Regressor(**QUICK).fit(X, y[:, None]).predict(X).shape == (120, 1)


@pytest.mark.parametrize("rows", [40, 400])
def test_order_and_repetition_change_nothing(rows: int) -> None:
    """Weights, repeated rows and shuffled rows: one fit to the last bit, with mini-batches as well."""
    X, y = wave(rows)
    rng = np.random.default_rng(3)
    weights = rng.integers(0, 4, rows)
    order = rng.permutation(weights.sum())
    quick = {**QUICK, "epochs": 5}
    weighted = Regressor(**quick).fit(X, y, sample_weight=weights)
    repeated = Regressor(**quick).fit(X.repeat(weights, axis=0)[order], y.repeat(weights)[order])
    for left, right in zip(weighted.predict(X, return_std=True), repeated.predict(X, return_std=True), strict=True):
        assert_array_equal(left, right)
    assert_array_equal(np.isnan(weighted.oob_prediction_[weights == 0]), True)


def test_large_whole_weights_say_what_a_row_stands_for() -> None:
    X, y = wave(60)
    census = Regressor(**QUICK).fit(X, y, sample_weight=np.full(60, 50_000))
    assert_allclose(census.predict(X), Regressor(**QUICK).fit(X, y).predict(X), rtol=1e-6)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(120), "all are zero"),
        (np.r_[-1.0, np.ones(119)], "Negative values"),
        (np.ones(7), "expected"),
        (np.full(120, np.nan), "NaN"),
    ],
)
def test_weights_that_cannot_be(weights: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Regressor(**QUICK).fit(*wave(), sample_weight=weights)


def test_one_row_with_a_weight_is_a_constant() -> None:
    X, y = wave(5)
    model = Regressor(**QUICK).fit(X, y, sample_weight=[0, 0, 2, 0, 0])
    assert_allclose(model.predict(X), y[2], atol=1.0)
    assert np.isnan(model.oob_score_)


def test_constant_target_and_constant_column() -> None:
    X, _ = wave(40)
    X[:, 2] = 7.0
    model = Regressor(**QUICK).fit(X, np.full(40, 3.0))
    assert_allclose(model.predict(X), 3.0, atol=0.2)
    assert model.n_features_in_ == 3


def test_one_member() -> None:
    X, y = wave(60)
    model = Regressor(**{**QUICK, "n_estimators": 1}).fit(X, y)
    mean, std = model.predict(X, return_std=True)
    assert np.isfinite(mean).all()
    assert (std > 0).all()
    assert 0.15 < np.isfinite(model.oob_prediction_).mean() < 0.35


def test_groups_stay_together() -> None:
    X, y = wave(60)
    groups = np.repeat(list("abcdef"), 10)
    model = Regressor(**QUICK).fit(X, y, groups=groups)
    outside = np.isfinite(model.oob_prediction_).reshape(6, 10)
    assert (outside.all(axis=1) | ~outside.any(axis=1)).all()
    with pytest.raises(ValueError, match="groups has shape"):
        Regressor(**QUICK).fit(X, y, groups=groups[:3])
    assert np.isfinite(Regressor(**QUICK).fit(X, y, groups=np.zeros(60)).oob_score_)


def test_groups_are_routed() -> None:
    X, y = wave(60)
    with config_context(enable_metadata_routing=True):
        model = Regressor(**QUICK).set_fit_request(groups=True)
        found = cross_validate(model, X, y, cv=GroupKFold(3), params={"groups": np.arange(60) // 6})
    assert np.isfinite(found["test_score"]).all()


def test_missing_values() -> None:
    X, y = wave(150)
    holes = X.copy()
    holes[::4, 1] = np.nan
    model = Regressor(**QUICK).fit(holes, y)
    assert model.schema_.indicators == ("x2",)
    assert np.isfinite(model.predict(np.full((2, 3), np.nan))).all()
    with pytest.raises(ValueError, match="infinity"):
        model.predict(np.full((2, 3), np.inf))


def table(rows: int = 80) -> tuple[pd.DataFrame, pd.Series]:
    """A site counts, and so does the season; a depth is missing now and then."""
    rng = np.random.default_rng(0)
    day = pd.date_range("2020-01-01", periods=rows, freq="9D")
    depth = rng.normal(size=rows)
    site = rng.choice(["bay", "cape", "reef"], rows)
    y = 2.0 * (site == "reef") + depth + np.sin(2 * np.pi * 9 * np.arange(rows) / 365.25)
    depth[::9] = np.nan
    frame = pd.DataFrame({"depth [m]": depth, "site": pd.Categorical(site), "name": site, "day": day})
    return frame, pd.Series(y, name="oxygen")


def test_words_categories_and_dates() -> None:
    frame, y = table()
    model = Regressor(n_estimators=4, threads=1, random_state=0).fit(frame, y)
    assert list(model.feature_names_in_) == list(frame.columns)
    assert model.n_features_in_ == 4
    assert model.schema_.targets[0].name == "oxygen"
    assert model.schema_.columns[0].unit == "m"
    assert model.score(frame, y) > 0.7
    assert any("depth" in note for note in model.notes_)
    again = pickle.loads(pickle.dumps(model))
    assert_allclose(again.predict(frame), model.predict(frame))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["site", "depth [m]", "name", "day"]])


def test_the_same_table_from_any_library() -> None:
    frame, y = table()
    frame = frame.astype({"site": str, "name": str})
    quick = {**QUICK, "epochs": 3}
    expected = Regressor(**quick).fit(frame, y).predict(frame)
    other = pl.from_pandas(frame)
    assert_allclose(Regressor(**quick).fit(other, y).predict(other), expected)
    arrow = other.to_arrow()
    assert_allclose(Regressor(**quick).fit(arrow, y).predict(arrow), expected)


def test_zero_weights_in_a_table() -> None:
    frame, y = table()
    weights = np.arange(len(y)) % 2
    quick = {**QUICK, "epochs": 3}
    weighted = Regressor(**quick).fit(frame, y, sample_weight=weights)
    removed = Regressor(**quick).fit(frame[weights == 1], y[weights == 1])
    assert_array_equal(weighted.predict(frame), removed.predict(frame))


def test_numbers_in_a_table_are_taken_as_they_are() -> None:
    X, y = wave(50)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = Regressor(**QUICK).fit(frame, y)
    assert list(model.feature_names_in_) == ["a", "b", "c"]
    assert_array_equal(model.predict(frame), Regressor(**QUICK).fit(X, y).predict(X))


def test_seeds() -> None:
    X, y = wave(50)
    first, second = (Regressor(**{**QUICK, "random_state": 5}).fit(X, y).predict(X) for _ in range(2))
    assert_array_equal(first, second)
    source = np.random.RandomState(5)
    third, fourth = (Regressor(**{**QUICK, "random_state": source}).fit(X, y).predict(X) for _ in range(2))
    assert not np.allclose(third, fourth)
    again = Regressor(**{**QUICK, "random_state": np.random.RandomState(5)}).fit(X, y).predict(X)
    assert_array_equal(third, again)
    assert not np.allclose(Regressor(**{**QUICK, "random_state": None}).fit(X, y).predict(X), first)


def test_pickle_holds_no_code(fitted: Regressor) -> None:
    X, _ = wave()
    text = pickle.dumps(fitted)
    names = {str(arg) for _, arg, _ in pickletools.genops(text) if isinstance(arg, str)}
    assert not any("torch" in name or "lambda" in name for name in names)
    for copied in (pickle.loads(text), copy.deepcopy(fitted)):
        for left, right in zip(copied.predict(X, True), fitted.predict(X, True), strict=True):
            assert_array_equal(left, right)
        assert_array_equal(copied.novelty(X), fitted.novelty(X))
    with pytest.raises(NotFittedError):
        clone(fitted).predict(X)


def test_settings_have_the_last_word() -> None:
    X, y = wave(40)
    model = Regressor(n_estimators=9, settings={"learning.members": 2, "learning.epochs": 3, "machine.kind": "linear"})
    model.fit(X, y)
    assert len(model.ensemble_) == 2
    assert model.recipe_.machine.kind == "linear"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"settings": {"learning.memmbers": 3}}, "memmbers"),
        ({"n_estimators": 0}, "learning.members"),
        ({"max_samples": 1.5}, "splits.in_bag"),
        ({"plan": "quick"}, "learning.plan"),
    ],
)
def test_settings_that_cannot_be(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        Regressor(**{**QUICK, **wrong}).fit(*wave(30))


def test_search_and_pipeline() -> None:
    X, y = wave(60)
    search = GridSearchCV(
        Regressor(**{**QUICK, "epochs": 3}), {"n_estimators": np.array([1, 2]), "learning_rate": [0.01]}, cv=2
    )
    assert search.fit(X, y).best_params_["n_estimators"] in (1, 2)
    pipe = make_pipeline(StandardScaler(), Regressor(**{**QUICK, "epochs": 3})).fit(X, y)
    assert pipe.predict(X).shape == (60,)


@pytest.mark.slow
def test_laws_hold_exactly() -> None:
    X, y = wave(60)
    parts = np.stack([y, 1 - y], axis=1)
    law = {"kind": "linear", "matrix": [[1.0, 1.0]], "right_side": [1.0]}
    model = Regressor(**QUICK, settings={"objective.constraints": [law]}).fit(X, parts)
    assert_allclose(model.predict(10 * X).sum(axis=1), 1.0, atol=1e-9)


def test_a_combination_with_conventional_methods_is_refused_not_forgotten() -> None:
    with pytest.raises(RecipeError, match="fits no conventional methods"):
        Regressor(**QUICK, settings={"machine.kind": "combined"}).fit(*wave(60))


def test_earlier_names_of_arguments_still_count_and_say_what_they_are_called_now() -> None:
    X, y = wave(60)
    now = Regressor(n_estimators=2, learning_rate=0.01, batch_size=64, max_samples=0.6, epochs=2, random_state=0)
    before = Regressor(members=2, rate=0.01, batch=64, in_bag=0.6, epochs=2, random_state=0)
    with pytest.warns(FutureWarning, match="spells it") as told:
        before.fit(X, y)
    words = [str(warning.message) for warning in told if "spells it" in str(warning.message)]
    assert len(words) == 4
    assert words[0].startswith("Regressor(members=...) is now Regressor(n_estimators=...)")
    assert_allclose(before.predict(X), now.fit(X, y).predict(X), rtol=0)
