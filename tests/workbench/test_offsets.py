"""A table whose numbers lie far from 0 gives the same study as the same table beside 0, in its own units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studies import quick, tell

import isinglass as ig
from isinglass.data.opening import from_frame
from isinglass.inference.prediction import Prediction
from isinglass.model import Model

pytestmark = pytest.mark.slow
TIME, PRESSURE = 2.0**40, 2.0**27
N = 240
MADE = {"source": "made", "target": ["p"], "group": "g", "features": ["t", "q"]}


def frame(*, time: float = 0.0, pressure: float = 0.0) -> pl.DataFrame:
    """Numbers with few binary digits: adding the offsets loses none."""
    generator = np.random.default_rng(0)
    t, q = (np.round(generator.normal(size=N) * 64) / 64 for _ in range(2))
    p = np.round((np.sin(2 * t) + q + 0.1 * generator.normal(size=N)) * 64) / 64
    return pl.DataFrame({"t": t + time, "q": q, "p": p + pressure, "g": [f"g{k % 24}" for k in range(N)]})


def answers(model: Model, rows: pl.DataFrame) -> Prediction:
    """What is said of rows, with an axis for the target."""
    return model.answers(model.read(rows))


def model_of(table: pl.DataFrame, **changes: object) -> Model:
    recipe = quick(MADE, **changes)
    return tell(recipe, dataset=from_frame(table, recipe.data, name="made")).model


@pytest.fixture(scope="module")
def both() -> tuple[Model, Model]:
    return model_of(frame()), model_of(frame(time=TIME, pressure=PRESSURE))


def test_predictions_are_those_of_the_table_beside_zero(both: tuple[Model, Model], tmp_path: Path) -> None:
    near, far = both
    assert far.schema.features[0].origin == TIME
    path = tmp_path / "far.isinglass"
    far.save(path)
    plain = answers(near, frame())
    for model in (far, ig.load(path)):
        told = answers(model, frame(time=TIME, pressure=PRESSURE))
        assert told.mean - PRESSURE == pytest.approx(plain.mean, abs=1e-6)
        assert told.std == pytest.approx(plain.std, rel=1e-6)
        assert (told.outside == plain.outside).all()


def test_scores_of_all_methods_are_the_same(both: tuple[Model, Model]) -> None:
    near, far = (model.findings for model in both)
    for one, other in zip(near.methods, far.methods, strict=True):
        assert other.values["rmse"].value == pytest.approx(one.values["rmse"].value, rel=1e-4)


def test_what_shows_inputs_shows_them_in_their_own_units(both: tuple[Model, Model]) -> None:
    near, far = both
    (plain,) = near.explain(method="partial_dependence", columns=["t"])
    (told,) = far.explain(method="partial_dependence", columns=["t"])
    assert told.coords["grid"] - TIME == pytest.approx(plain.coords["grid"], abs=3e-4)  # what float64 holds
    assert told.values - PRESSURE == pytest.approx(plain.values, abs=1e-6)
    columns = {column.name: column for column in far.findings.data.columns}
    assert columns["t"].middle == pytest.approx(TIME, abs=1)
    assert columns["t"].counts == {c.name: c for c in near.findings.data.columns}["t"].counts
    effect = next(one for one in far.findings.effects if one.column == "t")
    assert effect.observed is not None
    assert effect.observed == pytest.approx(TIME, abs=5)
    assert effect.grid == pytest.approx(TIME, abs=5)


def test_looks_at_one_row_are_the_same(both: tuple[Model, Model]) -> None:
    near, far = (model.explain(method="integrated")[0] for model in both)
    assert far.values == pytest.approx(near.values, abs=1e-5)


def test_a_law_with_such_columns_holds_in_double_precision() -> None:
    table = frame(time=TIME, pressure=TIME)
    laws = [{"kind": "linear", "columns": ["p", "r"], "matrix": [[1, 1]], "right_side": ["t + q"]}]
    table = table.with_columns(r=pl.col("t") + pl.col("q") - pl.col("p"))
    model = model_of(table, data__target=["p", "r"], objective__constraints=laws, objective__loss="squared")
    told = answers(model, table)
    total = table["t"].to_numpy() + table["q"].to_numpy()
    assert told.mean.sum(axis=1) == pytest.approx(total, abs=2e-3, rel=0)
    assert np.abs(told.residuals[0].values).max() < 2e-3
    assert np.sqrt(np.mean((told.mean[:, 0] - table["p"].to_numpy()) ** 2)) < 1.5


def test_an_equation_and_a_known_formula_meet_the_columns_own_values() -> None:
    recipe: dict[str, object] = {
        "objective__equations": [
            {"formula": f"dp/dt = t - {TIME:.0f}", "alpha": 0.2, "ranges": {"t": [TIME, TIME + 1]}}
        ],
        "objective__known": {"p": f"{PRESSURE:.0f} + q"},
        "objective__loss": "squared",
        "learning__plan": "auto",
    }
    told = answers(model_of(frame(time=TIME, pressure=PRESSURE), **recipe), frame(time=TIME, pressure=PRESSURE))
    beside = dict(recipe)
    beside["objective__equations"] = [{"formula": "dp/dt = t", "alpha": 0.2, "ranges": {"t": [0, 1]}}]
    beside["objective__known"] = {"p": "q"}
    plain = answers(model_of(frame(), **beside), frame())
    assert told.mean - PRESSURE == pytest.approx(plain.mean, abs=2e-4)
    assert told.residuals[0].values == pytest.approx(plain.residuals[0].values, abs=2e-3)
