"""`isinglass evaluate`: scores, and an opening more in the model's ledger."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest
from commands import fitted, table

from isinglass.data.catalogue import find_entry
from isinglass.data.tables.sources.frame import materialise
from isinglass.model import Model


@pytest.fixture
def model(here, sums):
    """A model file of one's own."""
    return Path(shutil.copy(sums, here / "m.isinglass"))


def test_scores_and_intervals(cli, model):
    ran = cli("evaluate", model, "t.csv", "--json")
    assert ran.code == 0
    assert {"rmse", "nll", "coverage_90"} <= ran.json["scores"].keys()
    low, high = ran.json["intervals"]["rmse"]
    assert low < ran.json["scores"]["rmse"] < high


def test_words(cli, model):
    ran = cli("evaluate", model, "t.csv")
    assert "rmse" in ran.out
    assert "(" in ran.out


def test_rows_that_were_learnt_from_are_told(cli, here, model):
    learnt = Model.load(model).sample.learnt
    assert 0 < len(learnt) <= 80
    told = cli("evaluate", model, "t.csv").err
    assert f"note: {len(learnt)} of 80 rows are among those that the networks learnt from" in told
    frame = pl.read_csv("t.csv")
    frame.with_columns(frame["y"] + 1e-3).write_csv("other.csv")
    assert cli("evaluate", model, "other.csv").err == ""


def test_every_look_is_counted_in_the_file(cli, model):
    before = Model.load(model)
    cli("evaluate", model, "t.csv")
    cli("evaluate", model, "t.csv")
    after = Model.load(model)
    assert after.ledger.count == before.ledger.count + 2
    assert after.ledger.openings[-1].verb == "evaluate"
    assert after.ledger.openings[-1].rows == 80
    assert (after.predict("t.csv").mean == before.predict("t.csv").mean).all()


def test_a_read_only_model_is_scored_with_a_note(cli, model):
    model.chmod(0o444)
    before = model.read_bytes()
    ran = cli("evaluate", model, "t.csv", "--json")
    assert ran.code == 0
    assert "not counted in the model's ledger: the file is read-only" in ran.err
    assert model.read_bytes() == before


def test_classes(cli, iris, here):
    copy = shutil.copy(iris, here / "iris.isinglass")
    assert {"accuracy", "brier", "auc"} <= cli("evaluate", copy, "iris", "--json").json["scores"].keys()


def test_a_class_that_the_model_does_not_know(cli, iris, here):
    frame = materialise(find_entry("iris").open().frame).head(3)
    target = Model.load(iris).schema.targets[0].name
    frame.with_columns(pl.Series(target, ["setosa", "rosa", "setosa"])).write_csv("new.csv")
    error = cli("evaluate", iris, "new.csv").error
    assert "row 2" in error
    assert "a class that was not there when the model was made. Given: 'rosa'. Allowed: setosa, versicolor" in error


def test_weights_count_as_so_many_equal_rows(cli, here):
    frame = table().with_columns(w=pl.Series([1, 3] * 40))
    frame.write_csv("w.csv")
    model = fitted(here / "study", "w.csv", "data.target=y", "data.weight=w")
    weighted = cli("evaluate", model, "w.csv", "--json").json["scores"]["rmse"]
    once, thrice = frame.filter(pl.col("w") == 1), frame.filter(pl.col("w") == 3)
    pl.concat([once, thrice, thrice, thrice]).with_columns(w=pl.lit(1)).write_csv("w.csv")
    assert cli("evaluate", model, "w.csv", "--json").json["scores"]["rmse"] == pytest.approx(weighted)
