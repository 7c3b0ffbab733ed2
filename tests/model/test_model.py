"""The model as its user meets it: one file, tables in, honest answers out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studies import Told, quick, tell

import isinglass as ig
from isinglass.data.catalogue import open_source
from isinglass.data.opening import from_frame
from isinglass.data.tables.sources.frame import materialise
from isinglass.errors import DataError, ModelFileError
from isinglass.explanation import METHODS
from isinglass.inference.prediction import Prediction
from isinglass.model import Model

ARRAYS = ("mean", "std", "noise", "ignorance", "novelty", "members")
INPUTS = ("Sea.Surface.Temp", "Air.Temp", "UWind", "VWind")


@pytest.fixture(scope="module")
def model(buoys: Told) -> Model:
    assert buoys.folder is not None
    return ig.load(buoys.folder / "tao.isinglass")


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    frame = open_source("tao").frame
    return materialise(frame, frame.columns)


def same(first: Prediction, second: Prediction) -> bool:
    """To the last bit."""
    equal = [np.array_equal(getattr(first, name), getattr(second, name), equal_nan=True) for name in ARRAYS]
    return all(equal) and np.array_equal(first.interval(0.9), second.interval(0.9))


def test_a_saved_model_predicts_the_same_bits(buoys: Told, model: Model, rows: pl.DataFrame, tmp_path: Path) -> None:
    again = ig.load(model.save(tmp_path / "again.isinglass"))
    assert same(model.predict(rows), again.predict(rows))
    assert same(buoys.model.predict(rows), again.predict(rows))
    assert again.recipe == buoys.model.recipe
    assert again.schema == buoys.model.schema
    assert again.ledger == buoys.model.ledger
    assert again.findings.verdict == buoys.study.report.verdict
    assert again.findings.unseen is not None
    assert buoys.study.report.unseen is not None
    assert np.array_equal(again.findings.unseen.mean, buoys.study.report.unseen.mean)


def test_order_of_columns_and_columns_too_many_do_not_matter(model: Model, rows: pl.DataFrame) -> None:
    plain = model.predict(rows)
    assert same(plain, model.predict(rows.select(reversed(rows.columns))))
    assert same(plain, model.predict(rows.with_columns(more=pl.lit(1.0), text=pl.lit("x"))))
    assert same(plain, model.predict(rows.select(INPUTS)))
    assert any("more" in note for note in model.examine(rows.with_columns(more=pl.lit(1.0))))


def test_a_missing_column_is_named(model: Model, rows: pl.DataFrame) -> None:
    with pytest.raises(DataError, match=r"Air\.Temp"):
        model.predict(rows.drop("Air.Temp"))


def test_text_among_numbers_is_named(model: Model, rows: pl.DataFrame) -> None:
    spoilt = rows.select(INPUTS).head(3).with_columns(UWind=pl.Series(["1.5", "calm", "2"]))
    with pytest.raises(DataError, match="calm") as caught:
        model.predict(spoilt)
    assert "UWind" in str(caught.value)


def test_tables_of_every_make_are_the_same_rows(model: Model, rows: pl.DataFrame, tmp_path: Path) -> None:
    some = rows.select(INPUTS)
    some.write_csv(tmp_path / "some.csv")
    plain = model.predict(some)
    arrays = some.select(pl.all().cast(pl.Float64).fill_null(np.nan)).to_numpy()
    for table in (some.to_pandas(), some.to_arrow(), some.to_dict(as_series=False), tmp_path / "some.csv", arrays):
        assert model.predict(table).mean == pytest.approx(plain.mean, rel=1e-6)


def test_one_row_is_answered_as_among_many(model: Model, rows: pl.DataFrame) -> None:
    alone, many = model.predict(rows[5:6]), model.predict(rows)
    assert len(alone) == 1
    for name in ("mean", "std", "novelty"):
        assert getattr(alone, name) == pytest.approx(getattr(many, name)[5:6], rel=1e-5)


def test_far_rows_are_novel(model: Model) -> None:
    found = model.predict(
        {"Sea.Surface.Temp": [28.0, 90.0], "Air.Temp": [27.2, -60.0], "UWind": [-4.0, 80.0], "VWind": [1.0, 80.0]}
    )
    assert found.novelty[0] < 1 < found.novelty[1]


def test_bands_widen_with_coverage(model: Model, rows: pl.DataFrame) -> None:
    found = model.predict(rows)
    narrow, wide = found.interval(0.5), found.interval(0.95)
    assert (wide[0] < narrow[0]).all()
    assert (narrow[1] < wide[1]).all()


def test_evaluating_opens_the_ledger(buoys: Told, rows: pl.DataFrame, tmp_path: Path) -> None:
    assert buoys.folder is not None
    model = ig.load(buoys.folder / "tao.isinglass")
    scores = model.evaluate(rows, bootstrap=20)
    known = rows.filter(pl.col("Humidity").is_not_null())
    error = model.predict(known).mean - known["Humidity"].to_numpy()
    assert scores["rmse"].value == pytest.approx(float(np.sqrt(np.mean(error**2))))
    assert scores["rmse"].low < scores["rmse"].value < scores["rmse"].high
    assert [(opening.verb, opening.rows) for opening in model.ledger.openings] == [("fit", 643), ("evaluate", 643)]
    assert "evaluate: 643 rows" in model.report(tmp_path / "again.html").read_text()


def test_nothing_to_evaluate(model: Model, rows: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="no row has all targets"):
        model.evaluate(rows.with_columns(Humidity=pl.lit(None, dtype=pl.Float64)))
    with pytest.raises(DataError, match="Humidity"):
        model.evaluate(rows.drop("Humidity"))


@pytest.mark.parametrize("method", METHODS)
def test_it_is_explained_with_rows_and_without(model: Model, rows: pl.DataFrame, method: str) -> None:
    known = rows.filter(pl.col("Humidity").is_not_null()).head(60)
    for asked in (None, known):
        found = model.explain(asked, method=method, columns=["Air.Temp", "UWind"])
        assert found
        assert all(np.isfinite(explanation.values).all() for explanation in found)


def test_an_unknown_explanation(model: Model) -> None:
    with pytest.raises(DataError, match="permutation"):
        model.explain(method="horoscope")


def test_it_introduces_itself(model: Model) -> None:
    assert "Humidity" in repr(model)


def test_answers_are_one_line_at_a_prompt(model: Model, rows: pl.DataFrame) -> None:
    assert repr(model.predict(rows.head(3))) == "<isinglass Prediction of Humidity: 3 rows>"
    (found,) = model.explain(method="permutation", columns=["Air.Temp", "UWind"])
    assert re.fullmatch(r"<isinglass Explanation by permutation.*RMSE.*\(.*\)>", repr(found))


def test_a_damaged_file_is_refused(buoys: Told, tmp_path: Path) -> None:
    assert buoys.folder is not None
    whole = (buoys.folder / "tao.isinglass").read_bytes()
    for name, content in {"cut": whole[: len(whole) // 2], "empty": b"", "text": b"hello"}.items():
        path = tmp_path / f"{name}.isinglass"
        path.write_bytes(content)
        with pytest.raises(ModelFileError):
            ig.load(path)
    with pytest.raises(ModelFileError):
        ig.load(tmp_path / "nowhere.isinglass")


def test_an_own_machine_is_loaded_with_trust_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "trusted_machines.py").write_text(
        "from torch import nn\n"
        "def small(features, outputs, width=4):\n"
        "    return nn.Sequential(nn.Linear(features, width), nn.Tanh(), nn.Linear(width, outputs))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"a": rng.normal(size=80), "b": rng.normal(size=80), "y": rng.normal(size=80)})
    machine = {
        "machine__kind": "custom",
        "machine__factory": "trusted_machines:small",
        "machine__options": {"width": 3},
    }
    recipe = quick({"source": "table", "target": ["y"]}, **machine)
    told = tell(recipe, dataset=from_frame(frame, recipe.data, name="table"))
    path = told.model.save(tmp_path / "own.isinglass")
    with pytest.raises(ModelFileError, match="trust_factory=True"):
        ig.load(path)
    assert same(ig.load(path, trust_factory=True).predict(frame), told.model.predict(frame))
