"""`isinglass fit` on tables of every kind."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from commands import QUICK, table

from isinglass.model import Model

KEYS = {"model", "report", "test", "intervals", "baselines", "verdict", "warnings", "seconds", "paths"}


def test_json_is_one_object_with_the_promised_keys(cli, here):
    ran = cli("fit", "t.csv", "--target=y", *QUICK, "--json", "--no-report")
    assert ran.code == 0
    assert ran.json.keys() == KEYS
    assert ran.json["model"] == "t-y.study/t.isinglass"
    assert ran.json["report"] is None
    assert {"rmse", "nll", "coverage_90"} <= ran.json["test"].keys()
    assert set(ran.json["baselines"]) == {"the mean", "a linear model"}
    assert ran.json["baselines"]["a linear model"]["rmse"] < ran.json["test"]["rmse"]
    assert "linear model" in ran.json["verdict"]
    assert ran.json["seconds"] > 0
    assert "reading: t.csv" in ran.err


def test_classes_have_accuracy_and_the_same_nll(cli, here):
    test = cli("fit", "iris", *QUICK, "--json", "--quiet", "--no-report").json["test"]
    assert {"accuracy", "nll", "brier"} <= test.keys()
    assert test["nll"] == test["log_loss"]


def test_words_for_people(cli, here):
    ran = cli("fit", "t.csv", "-ty", *QUICK, "--out=results")
    assert ran.code == 0
    assert "RMSE" in ran.out
    assert "a linear model" in ran.out
    assert "The 90 % band holds" in ran.out
    assert "What matters is not said: the network is not known to beat predicting the mean." in ran.out
    assert ran.out.splitlines()[-5:] == [
        "model    results/t.isinglass",
        "report   results/report.html",
        "card     results/card.md",
        "recipe   results/recipe.toml",
        "metrics  results/metrics.json",
    ]
    assert {path.name for path in (here / "results").iterdir()} == {
        "t.isinglass", "report.html", "card.md", "recipe.toml", "metrics.json",
    }  # fmt: skip


def test_quiet_says_the_verdict_and_where_things_are(cli, here):
    ran = cli("fit", "t.csv", "-ty", *QUICK, "--no-report", "--quiet")
    assert ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0].endswith(".")
    assert lines[1] == "model    t-y.study/t.isinglass"
    assert len(lines) == 5


def test_a_spreadsheets_table_with_units(cli, here):
    frame = table()
    rows = [f"{a:.2f};{b:.2f};{'Süd' if b > 0 else 'Nord'};{y:.2f}".replace(".", ",") for a, b, y in frame.iter_rows()]
    text = "\r\n".join(["\ufeffTemperatur [degC];Feuchte [%];Ort;Ertrag [t/ha]", *rows, ""])
    (here / "excel.csv").write_bytes(text.encode())
    ran = cli("fit", "excel.csv", "-tErtrag", *QUICK, "--no-report")
    assert "RMSE [t/ha]" in ran.out
    assert "separated by semicolons" in ran.err
    assert "Decimal commas read in Temperatur [degC], Feuchte [%], Ertrag [t/ha]" in ran.err


def test_several_targets_and_weights(cli, here):
    frame = table().with_columns(z=pl.col("a") - pl.col("b"), w=pl.col("a").abs() + 0.1)
    frame.write_csv("many.csv")
    ran = cli("fit", "many.csv", "-ty", "-tz", "--weight=w", *QUICK, "--no-report", "--out=s", "--json")
    assert ran.code == 0
    assert [target.name for target in Model.load("s/many.isinglass").schema.targets] == ["y", "z"]
    assert [column.name for column in Model.load("s/many.isinglass").schema.columns] == ["a", "b"]


def test_several_labels(cli, here):
    table().with_columns(u=pl.col("a") > 0, v=pl.col("b") > 0.3).drop("y").write_csv("labels.csv")
    ran = cli("fit", "labels.csv", "-tu,v", *QUICK, "--no-report", "--out=s", "--json")
    assert {"accuracy", "nll"} <= ran.json["test"].keys()
    lines = cli("predict", "s/labels.isinglass", "labels.csv").out.splitlines()
    assert lines[0] == "row,probability_u,probability_v,noise,ignorance,novelty,outside,beyond"


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (["penguins.csv", "-tspecies"], "stratified"),
        (["penguins.csv", "-tbody_mass_g", "--group=island"], "group"),
        (["seattle-weather.csv", "-tweather", "--time=date"], "time"),
        (["enso_data.csv", "-tNino34anom", "-fNino12,Nino4", "--time=datetime", "--folds=3"], "time"),
        (["daily-min-temperatures.csv", "-tTemp"], "random"),
    ],
    ids=lambda given: given if isinstance(given, str) else given[0],
)
def test_real_tables(cli, here, shared, arguments, kind):
    name, *flags = arguments
    ran = cli("fit", shared / "tables" / name, *flags, *QUICK, "--no-report", "--json", "--out=s")
    assert ran.code == 0
    assert all(value is not None for value in ran.json["test"].values())
    assert cli("check", "s/recipe.toml", "--json").json["splits"]["kind"] == kind


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("california_housing.csv", "-tmedian_house_value --split=blocks --latitude=latitude --longitude=longitude"),
        ("bike_sharing_hour.csv", "-tcnt --drop=casual,registered,instant --time=dteday --split=time"),
    ],
)
def test_larger_real_tables(cli, here, shared, name, flags):
    ran = cli("fit", shared / "tables" / name, *flags.split(), *QUICK, "--no-report", "--json", "--set=splits.block=1")
    assert ran.code == 0
    assert ran.json["test"]["rmse"] < ran.json["baselines"]["the mean"]["rmse"]


@pytest.mark.parametrize(
    "name", ["breast_cancer", "wine", pytest.param("digits", marks=pytest.mark.slow), "diabetes", "spiral", "sine"]
)
def test_named_data(cli, here, name):
    ran = cli("fit", name, *QUICK, "--no-report", "--json", "--quiet", "--out=s")
    assert ran.code == 0
    assert ran.err == ""
    assert all(value is not None for value in ran.json["test"].values())


def test_the_same_seed_gives_the_same_numbers(cli, here):
    runs = [cli("fit", "t.csv", "-ty", *QUICK, "--no-report", "--json", f"--out={name}").json for name in "ab"]
    assert runs[0]["test"] == runs[1]["test"]
    other = cli("fit", "t.csv", "-ty", *QUICK, "--no-report", "--json", "--out=c", "--seed=1").json
    assert other["test"] != runs[0]["test"]


def test_a_recipe_repeats_its_study(cli, here):
    first = cli("fit", "t.csv", "-ty", *QUICK, "--no-report", "--json", "--out=a").json
    again = cli("fit", "a/recipe.toml", "--no-report", "--json", "--out=b").json
    assert again["test"] == first["test"]


def test_overwriting_replaces_everything_of_the_earlier_study(cli, here):
    cli("fit", "t.csv", "-ty", *QUICK, "--out=s")
    assert (here / "s/report.html").exists()
    before = Model.load("s/t.isinglass")
    ran = cli("fit", "t.csv", "-ty", *QUICK, "--seed=3", "--out=s", "--overwrite", "--no-report")
    assert ran.code == 0
    assert not (here / "s/report.html").exists()
    probe = {"a": np.array([0.5]), "b": np.array([0.5])}
    assert Model.load("s/t.isinglass").predict(probe).mean != before.predict(probe).mean


def test_more_threads_than_processors_are_a_warning(cli, here):
    ran = cli("fit", "t.csv", "-ty", *QUICK, "--set=learning.threads=4096", "--no-report", "--json", "--out=s")
    assert ran.code == 0
    assert any(note.startswith("learning.threads = 4096, but there are") for note in ran.json["warnings"])
