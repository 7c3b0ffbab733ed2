"""The lecture decks' examples 18 to 20: flexibility, three parts of the data, the ensemble of EMTnet."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from studies import quick, tell

import isinglass as ig
from isinglass.spec import Role
from isinglass.workbench.events import result_of
from isinglass.workbench.population import train_population
from isinglass.workbench.prepare import prepare

NOISE = 0.2


def points(count: int, *, seed: int) -> pl.DataFrame:
    """A cubic with noise, denser towards both ends."""
    rng = np.random.default_rng(seed)
    x = np.sin(rng.uniform(-np.pi / 2, np.pi / 2, count))
    return pl.DataFrame({"x": x, "y": x**3 - x / 2 + NOISE * rng.standard_normal(count)})


def polynomial(degree: int, train: pl.DataFrame) -> ig.Model:
    """10-fold cross-validation of one polynomial."""
    settings = {
        "splits.kind": "random", "splits.scheme": "folds", "splits.folds": 10, "splits.in_bag": 0.99,
        "splits.stop": 0.01, "machine.kind": "polynomial", "machine.degree": degree, "objective.loss": "squared",
        "learning.members": 1, "learning.precision": "float64", "learning.optimizer.kind": "closed_form",
        "evaluation.baselines": "none", "evaluation.bootstrap": 20,
    }  # fmt: skip
    return ig.fit(train, "y", settings=settings)


def test_18_polynomial_regression() -> None:
    """Degree 1 underfits, 3 is right, 30 overfits: printed 0.17/0.23, 0.045/0.062, 0.035/0.27."""
    train, validation = points(80, seed=0), points(500, seed=1)
    models = {degree: polynomial(degree, train) for degree in (1, 3, 30)}

    def mse(degree: int, rows: pl.DataFrame) -> float:
        return float(np.mean((models[degree].predict(rows).mean - rows["y"].to_numpy()) ** 2))

    folds = {degree: model.findings.methods[0].values["rmse"].value ** 2 for degree, model in models.items()}
    assert mse(1, train) > mse(3, train) > mse(30, train)
    assert mse(3, validation) < 0.7 * mse(1, validation)
    assert mse(3, validation) < 0.8 * mse(30, validation)
    assert mse(30, train) < 0.8 * NOISE**2 < mse(3, validation) < 1.3 * NOISE**2
    assert folds[3] < folds[1]
    assert folds[3] < folds[30]
    assert folds[3] == pytest.approx(NOISE**2, rel=0.3)
    assert all(model.findings.splits.role.shape == (10, 80) for model in models.values())


def test_19_three_parts_and_a_test_opened_once() -> None:
    recipe = quick({"source": "diabetes"})
    found = prepare(recipe)
    trained = result_of(train_population(found.dataset, found.splits, found.recipe))
    tested = found.splits.role[0] == Role.TEST
    assert 0.1 < tested.mean() < 0.3
    for role in trained.role:
        assert ((role == Role.TEST) == tested).all()
        assert {Role.TRAIN, Role.STOP, Role.OUT} <= set(role.tolist())  # validation: when to stop, and out of the bag
    told = tell(recipe)
    (opening,) = told.model.ledger.openings
    assert (opening.verb, opening.rows) == ("fit", int(tested.sum()))
    told.model.evaluate("diabetes", bootstrap=0)
    assert told.model.ledger.count == 2


def test_20_emtnet() -> None:
    """Every network trains on a random 75 % of all observations; the mean of the networks is the prediction."""
    found = prepare(quick({"source": "friedman"}, learning__members=16, learning__epochs=2))
    trained = result_of(train_population(found.dataset, found.splits, found.recipe))
    observed = found.splits.role[0] == Role.TRAIN
    role = trained.role[:, observed]
    outside = role == Role.OUT
    assert len(role) == 16
    assert (1 - outside.mean(axis=1)) == pytest.approx(np.full(16, 0.75), abs=0.035)
    assert len({row.tobytes() for row in outside}) == 16
    inputs = found.dataset.inputs[observed]
    said = trained.ensemble.members(inputs)
    assert trained.ensemble.predict(inputs).mean == pytest.approx(said.mean(axis=0), rel=1e-5, abs=1e-5)
    kept = trained.ensemble.predict(inputs, outside).mean
    for row in range(0, len(inputs), 97):
        alone = said[outside[:, row], row]
        assert kept[row] == pytest.approx(alone.mean(axis=0), rel=1e-5, abs=1e-5)
