"""`isinglass check` and `init`: what is in the data, and a recipe for it."""

from __future__ import annotations

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
