"""`isinglass predict`: a table out, whatever the ending; the same answers as the model gives in Python."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest
from commands import fitted, table

from isinglass.model import Model

REGRESSION = ["row", "mean", "std", "noise", "ignorance", "low", "high", "novelty", "outside", "beyond"]


def test_a_line_a_row_on_standard_output(cli, here, sums):
    ran = cli("predict", sums, "t.csv", "--coverage=0.5")
    frame = pl.read_csv(io.StringIO(ran.out))
    found = Model.load(sums).predict(table())
    assert frame.columns == REGRESSION
    assert frame["row"].to_list() == list(range(1, 81))
    np.testing.assert_allclose(frame["mean"], found.mean)
    np.testing.assert_allclose(frame["high"], found.interval(0.5)[1])
    np.testing.assert_allclose(frame["novelty"], found.novelty)


@pytest.mark.parametrize(
    ("ending", "read"),
    [(".csv", pl.read_csv), (".parquet", pl.read_parquet), (".feather", pl.read_ipc), (".json", pl.read_json)],
)
def test_files(cli, here, sums, ending, read):
    ran = cli("predict", sums, "t.csv", f"--out=p{ending}")
    assert ran.code == 0
    assert ran.out == f"80 predictions  p{ending}\n"
    assert read(here / f"p{ending}").columns == REGRESSION
    again = cli("predict", sums, "t.csv", f"--out=p{ending}")
    assert again.code == 2
    assert "the output file exists" in again.error
    assert cli("predict", sums, "t.csv", f"--out=p{ending}", "--overwrite", "--quiet").out == ""


def test_an_ending_that_names_no_format(cli, here, sums):
    ran = cli("predict", sums, "t.csv", "--out=p.xlsx")
    assert ran.code == 2
    assert "the ending names no format. Given: .xlsx. Allowed: .csv, .tsv" in ran.error
    assert cli("predict", sums, "t.csv", "--coverage=1.5").code == 2


def test_json(cli, here, sums):
    document = cli("predict", sums, "t.csv", "--json").json
    assert document["rows"] == 80
    assert document["columns"] == REGRESSION
    assert len(document["predictions"]) == 80
    document = cli("predict", sums, "t.csv", "--json", "--out=p.csv").json
    assert document["path"] == "p.csv"
    assert "predictions" not in document


def test_classes_and_members(cli, here, iris):
    frame = pl.read_csv(io.StringIO(cli("predict", iris, "iris", "--members").out))
    shown = ["label", "probability_setosa", "probability_versicolor", "probability_virginica"]
    assert frame.columns[1:5] == shown
    assert "setosa_member_2" in frame.columns
    np.testing.assert_allclose(frame.select(shown[1:]).sum_horizontal(), 1)


def test_rows_outside_the_training_data_are_told(cli, here, sums):
    pl.DataFrame({"a": [0.0, 100.0], "b": [0.0, -100.0]}).write_csv("far.csv")
    ran = cli("predict", sums, "far.csv")
    assert "1 of 2 rows lies outside the training data" in ran.err
    assert "beyond the training range: a (1 row), b (1 row)" in ran.err
    frame = pl.read_csv(io.StringIO(ran.out))
    assert frame["outside"].to_list() == [False, True]
    assert frame["beyond"].to_list() == ["", "a, b"]
    assert cli("predict", sums, "far.csv", "--quiet").err == ""


def test_every_score_of_novelty(cli, here, sums):
    frame = pl.read_csv(io.StringIO(cli("predict", sums, "t.csv", "--novelty").out))
    parts = [f"novelty_{name}" for name in ("distance", "range", "hidden", "reconstruction", "ignorance")]
    assert frame.columns[-5:] == parts
    assert np.isfinite(frame.select(parts).to_numpy()).all()


def test_unseen_categories_and_gaps_are_told(cli, here):
    frame = table().with_columns(c=pl.Series(["p", "q"] * 40))
    frame.write_csv("c.csv")
    model = fitted(here / "study", "c.csv", "data.target=y")
    frame.head(3).with_columns(c=pl.Series(["p", "new", "q"]), a=pl.Series([0.1, None, 0.2])).write_csv("new.csv")
    ran = cli("predict", model, "new.csv")
    assert "c: 1 row with categories never seen in training ('new')" in ran.err
    assert "a: 1 missing value; in training there were none" in ran.err
    assert len(ran.out.splitlines()) == 4


def test_named_data(cli, tao):
    ran = cli("predict", tao, "tao")
    assert len(ran.out.splitlines()) == 737
    assert "not used" not in ran.err


def test_who_and_when_stand_beside_the_predictions(cli, here):
    rng = np.random.default_rng(0)
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 4, 9), eager=True)
    rows = pl.DataFrame(
        {"when": days, "buoy": [f"b{k % 10}" for k in range(100)], "name": [f"n{k}" for k in range(100)]}
    )
    rows = rows.with_columns(a=rng.normal(size=100), y=rng.normal(size=100))
    rows.write_csv("dated.csv")
    quick = ["--members=2", "--epochs=1", "--set=evaluation.baselines=none", "--out=dated", "--overwrite"]
    assert cli("fit", "dated.csv", "-ty", "--group=buoy", "--drop=name", *quick).code == 0
    ran = cli("predict", "dated/dated.isinglass", "dated.csv", "--out=p.parquet")
    assert ran.code == 0, ran.error
    frame = pl.read_parquet("p.parquet")
    assert frame.columns[:4] == ["row", "when", "buoy", "name"]
    assert frame.select("when", "buoy", "name").equals(rows.select("when", "buoy", "name"))
    told = cli("predict", "dated/dated.isinglass", "dated.csv", "--json").json["predictions"][3]
    assert (told["when"], told["buoy"], told["name"]) == ("2020-01-04", "b3", "n3")
