"""`isinglass check` and `init`: what is in the data, and a recipe for it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from commands import QUICK, table

from isinglass.recipe import Recipe


def test_check_of_the_buoys(cli):
    document = cli("check", "tao", "--json", "--quiet").json
    roles = {column["name"]: column["role"] for column in document["columns"]}
    assert roles["Humidity"] == "target"
    assert roles["location"] == "group"
    assert document["splits"]["scheme"] == "folds"
    assert sum(fold["test"] for fold in document["splits"]["folds"]) == document["data"]["rows"] == 643
    ran = cli("check", "tao")
    assert "Nothing speaks against a fit." in ran.out
    assert "Humidity: 93 rows without target left out" in ran.err


def test_check_of_larger_tables(cli, here, shared):
    blocks = ["--split=blocks", "--latitude=latitude", "--longitude=longitude"]
    ran = cli("check", shared / "tables/california_housing.csv", "-tmedian_house_value", *blocks, "--json")
    assert ran.json["splits"]["kind"] == "blocks"
    ran = cli("check", shared / "tables/california_housing.csv", "-tmedian_house_value", "--split=blocks")
    assert "needs the column(s) that hold latitude and longitude" in ran.error
    ran = cli("check", shared / "tables/bike_sharing_hour.csv", "-tcnt", "--time=dteday", "--json")
    assert ran.json["splits"]["kind"] == "time"


def test_a_copied_target_is_a_leak(cli, here):
    table().with_columns(copy=pl.col("y") * 2 + 1).write_csv("leak.csv")
    ran = cli("check", "leak.csv", "-ty")
    assert "copy" in ran.err


@pytest.mark.parametrize("name", ["tao", "iris", "digits"])
def test_init_writes_a_recipe_that_checks_and_fits(cli, here, name):
    ran = cli("init", name, *QUICK)
    assert ran.out == f"recipe   {name}.toml\nnext     isinglass check {name}.toml\n"
    assert Recipe.from_file(f"{name}.toml").learning.members == 2
    assert cli("check", f"{name}.toml").code == 0
    again = cli("init", name)
    assert again.code == 2
    assert "--overwrite replaces it" in again.error
    assert cli("init", name, "--overwrite", "--json").json == {"recipe": f"{name}.toml"}


def test_a_recipe_of_ones_own_table_is_fitted(cli, here):
    (here / "data").mkdir()
    table().write_csv("data/own.csv")
    assert cli("init", "data/own.csv", "-ty", *QUICK, "-o", "data/own.toml").code == 0
    ran = cli("fit", "data/own.toml", "--json", "--no-report", "--out=s")
    assert ran.code == 0


@pytest.mark.parametrize(("given", "missing"), [("latitude", "longitude"), ("longitude", "latitude")])
def test_half_of_a_place_is_refused(cli, here, given, missing):
    table().write_csv("t.csv")
    ran = cli("check", "t.csv", "-ty", f"--{given}=a")
    assert ran.code == 2
    assert f"a {given} without a {missing} is no place" in ran.error
    assert f"--{missing} COLUMN" in ran.error


def test_a_feature_that_is_dropped_is_refused(cli, here):
    table().write_csv("t.csv")
    assert "'a' is a feature and to be dropped" in cli("check", "t.csv", "-ty", "--drop=a", "--features=a").error


def test_the_smallest_and_the_largest_of_every_column_and_far_ones_by_name(cli, here):
    generator = np.random.default_rng(0)
    a, y = np.round(generator.normal(15, 8, (2, 60)), 2)
    a[16], y[40] = 9876.0, -4e6
    lines = [f"{first},{second}" for first, second in zip(a, y, strict=True)]
    (here / "odd.csv").write_text("a,y\n" + "\n".join(lines) + "\n")
    ran = cli("check", "odd.csv", "-ty", "--json")
    ends = {column["name"]: (column["smallest"], column["largest"]) for column in ran.json["columns"]}
    assert ends["a"] == pytest.approx((np.min(a), 9876.0), rel=1e-6)
    assert ends["y"] == pytest.approx((-4e6, np.max(y)))
    assert any(note.startswith("a: 9876 in row 17, far from all other values (") for note in ran.json["notes"])
    assert any(note.startswith("y: -4e+06 in row 41, far from") for note in ran.json["notes"])


def test_notes_that_ask_something_are_not_denied_by_the_last_sentence(cli, here):
    generator = np.random.default_rng(0)
    rows = {name: generator.normal(size=60) for name in "aby"}
    numbered = pl.DataFrame({"patient_id": generator.permutation(60) + 7_000_000, **rows})
    numbered.write_csv("named.csv")
    last = " ".join(cli("check", "named.csv", "-ty").out.split())
    assert last.endswith("A fit would run. Before it, look at what the notes say of identifiers.")
    numbered.with_columns(a=pl.when(pl.int_range(60) == 5).then(9876.0).otherwise("a")).write_csv("both.csv")
    last = " ".join(cli("check", "both.csv", "-ty").out.split())
    assert last.endswith("look at what the notes say of values far from all others and identifiers.")
    numbered.drop("patient_id").write_csv("plain.csv")
    assert "Nothing speaks against a fit." in cli("check", "plain.csv", "-ty").out


def test_that_nobody_can_win_is_said_before_the_fit(cli, here):
    rows = [f"{season},{place}.5,{place * 7 % 11}" for place, season in enumerate(["w", "s", "a", "x"] * 10)]
    (here / "seasons.csv").write_text("season,a,y\n" + "\n".join(rows) + "\n")
    ran = cli("check", "seasons.csv", "-ty", "--group=season")
    told = (
        "A fit would run. Who is better cannot be told from 4 independent groups of unseen rows: at least 5 are needed."
    )
    assert told in " ".join(ran.out.split())


def test_lags(cli, here):
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 3, 30), eager=True)
    pl.DataFrame({"when": days, "y": np.random.default_rng(0).normal(size=len(days))}).write_csv("series.csv")
    found = cli("check", "series.csv", "-ty", "--time=when", "--lags=y=1,7", "--json").json
    assert [c["name"] for c in found["columns"]] == ["y", "y lag 1", "y lag 7", "when"]
    ran = cli("check", "series.csv", "-ty", "--time=when", "--lags=y=0,x")
    assert ran.code == 2
    assert "lags are numbers of steps" in ran.error
    assert cli("check", "series.csv", "-ty", "--lags=y=1").code == 2


def test_a_leak_of_time_is_told_with_the_flag_to_write(cli, here):
    days = pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 12, 30), eager=True)
    walk = np.cumsum(np.random.default_rng(0).normal(size=len(days)))
    pl.DataFrame({"when": days, "y": walk}).write_csv("walk.csv")
    ran = cli("check", "walk.csv", "-ty")
    assert ran.code == 0
    assert "write --time when to test on the latest rows" in ran.err
    assert "its scores would flatter: rows close in time ('when') are alike" in " ".join(ran.out.split())
    assert cli("check", "walk.csv", "-ty", "--json").json["doubts"] == [
        {"near": "time", "columns": ["when"], "write": {"time": "when"}}
    ]
    kept = cli("check", "walk.csv", "-ty", "--time=when", "--features=when", "--json").json
    assert (kept["splits"]["kind"], kept["doubts"]) == ("time", [])


def test_whole_numbers_are_shown_as_such(cli, here):
    many = (
        table()
        .with_row_index()
        .with_columns(year=2007 + pl.col("index") % 3, people=4_000_000 + 1000 * pl.col("index"))
    )
    many.drop("index").write_csv("whole.csv")
    out = cli("check", "whole.csv", "-ty").out
    assert "2007 .. 2008 .. 2009" in out
    assert "2007.0" not in out
    assert "e+06" not in out
