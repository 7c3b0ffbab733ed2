"""What people do in their first hour: exchange arguments, name a folder of code, keep a row of units."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from commands import QUICK, table
from PIL import Image


@pytest.mark.parametrize("verb", ["predict", "evaluate", "explain"])
def test_model_and_data_exchanged(cli, here, sums, verb):
    ran = cli(verb, "t.csv", sums)
    assert ran.code == 2
    assert ran.error == (
        f"model and data are exchanged: the model comes first. Given: t.csv {sums}. Instead: {sums} t.csv"
    )


def test_a_model_where_data_are_expected(cli, here, sums):
    shutil.copy(sums, "m.isinglass")
    assert cli("fit", "m.isinglass", "-ty").error.endswith("Instead: isinglass predict m.isinglass DATA")


def test_a_study_folder_where_a_model_is_expected(cli, here, sums):
    shutil.copytree(sums.parent, "s.study")
    for asked in (("predict", "s.study", "t.csv"), ("report", "s.study", "--out=r.html")):
        assert cli(*asked).error == f"s.study: a folder, not a model file. Instead: s.study/{sums.name}"


def test_a_recipe_that_is_not_there(cli, here):
    assert cli("check", "r.toml").error == (
        "r.toml: there is no such recipe. Instead: isinglass init DATA -o r.toml writes one."
    )


def test_dates_are_shown_as_dates(cli, here):
    days = [date(2020, 1, 1) + timedelta(k) for k in range(80)]
    table().with_columns(day=pl.Series(days), n=pl.Series(range(100, 180))).write_csv("d.csv")
    assert "2020-01-04 .. 2020-02-09 .. 2020-03-16" in cli("check", "d.csv", "-ty").out
    as_time = cli("check", "d.csv", "-ty", "--time=day").out
    assert "2020-01-04 .. 2020-02-09 .. 2020-03-16" in as_time
    assert "datetime" in as_time
    counted = cli("check", "d.csv", "-ty", "--time=n").out
    assert "104 .. 140 .. 175" in counted.replace(".0", "")


def test_short_spans_of_time_have_minutes(cli, here):
    moments = [f"2020-01-01T{k // 10:02d}:{6 * (k % 10):02d}" for k in range(80)]
    table().with_columns(at=pl.Series(moments)).write_csv("d.csv")
    assert "2020-01-01 00:24 .. 2020-01-01 03:57 .. 2020-01-01 07:30" in cli("check", "d.csv", "-ty").out


UNITS = "day,a,b,y\nUTC,degC,m s-1,W/m2\n"


def with_units() -> str:
    rows = table().write_csv(include_header=False).splitlines()
    return UNITS + "".join(f"2020-01-{1 + k % 28:02d},{row}\n" for k, row in enumerate(rows))


def test_a_row_of_units_joins_the_names(cli, here):
    Path("u.csv").write_text(with_units())
    ran = cli("check", "u.csv", "-ty", "--json")
    assert {c["name"]: c["unit"] for c in ran.json["columns"]} == {"y": "W/m2", "day": "", "a": "degC", "b": "m s-1"}
    assert ran.json["data"]["rows"] == 80
    assert "The first row holds units, not values: a degC, b m s-1, y W/m2." in ran.json["notes"]


def test_units_are_told_apart_at_predict(cli, here):
    Path("u.csv").write_text(with_units())
    assert cli("fit", "u.csv", "-ty", *QUICK, "--no-report", "--out=s").code == 0
    whole = cli("predict", "s/u.isinglass", "u.csv")
    assert whole.code == 0
    Path("plain.csv").write_text(with_units().replace(UNITS, "day,a,b,y\n"))
    assert cli("predict", "s/u.isinglass", "plain.csv").out == whole.out
    Path("other.csv").write_text(with_units().replace("degC", "K"))
    assert (
        "the unit of 'a' has changed. Given: [K]. Allowed: [degC]" in cli("predict", "s/u.isinglass", "other.csv").error
    )


def test_another_second_line_of_a_header_is_refused_with_the_cure(cli, here):
    lines = table().write_csv().splitlines()
    Path("u.csv").write_text("\n".join([lines[0], "first,second,third", *lines[1:]]))
    assert "take it out: units go into the names, as in `sst [degC]`." in cli("check", "u.csv", "-ty").error


def test_rows_without_the_target_cannot_be_scored(cli, here, sums):
    table().drop("y").write_csv("new.csv")
    ran = cli("evaluate", sums, "new.csv")
    assert ran.error == (
        "new.csv: no target 'y' in the table: nothing to compare with. Given: a, b. "
        "Instead: isinglass predict answers rows whose target is not known."
    )


def picture(path: Path, *, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (12, 12, 3), np.uint8)
    Image.fromarray(pixels).save(path)


def test_a_folder_of_code_is_no_study_of_images(cli, here):
    for place in range(6):
        picture(Path("docs/figures", f"{place}.png"), seed=place)
        picture(Path("tests/data", f"{place}.png"), seed=100 + place)
    Path("src").mkdir()
    for place in range(20):
        Path("src", f"{place}.py").write_text("pass\n")
    ran = cli("check", ".")
    assert ran.error.startswith(".: no folder of images, though it holds some: most of it is something else.")
    assert "12 images, 21 other files" not in ran.error  # a table may stand beside images
    assert "12 images, 20 other files (20 .py)" in ran.error


def test_labels_beside_images_are_no_other_files(cli, here):
    for name in ("cats", "dogs"):
        for place in range(4):
            picture(Path("photos", name, f"{place}.png"), seed=place + 10 * (name == "cats"))
            Path("photos", name, f"{place}.xml").write_text("<box/>")
            Path("photos", name, f"{place}.txt").write_text("1 2 3 4")
    assert cli("check", "photos").code == 0


def test_a_sum_of_columns_is_told(cli, here):
    a, b, c = np.random.default_rng(1).normal(size=(3, 200)).round(3)
    pl.DataFrame({"a": a, "b": b, "c": c, "y": 2 * a - b + 5}).write_csv("sum.csv")
    ran = cli("check", "sum.csv", "-ty")
    assert "note: the target 'y' is a sum of multiples of 2 inputs (a, b)" in ran.err


def test_a_name_of_the_catalogue_that_lies_here_too(cli, here):
    Path("iris").mkdir()
    ran = cli("check", "iris")
    assert "note: 'iris' is the named data set; what lies here under this name is './iris'." in ran.err
    assert "./iris" not in cli("check", "wine").err
    shutil.copy("t.csv", "diabetes")
    assert "the file name has no suffix" in cli("check", "./diabetes").error


def test_missing_values_are_counted_in_the_rows_that_are_used(cli, here):
    """A row without target counts nowhere else."""
    gaps = pl.Series([None if k % 10 == 0 else k / 7 for k in range(80)])
    without = pl.Series([None if k < 40 else (k * k) % 17 for k in range(80)])
    table().with_columns(gap=gaps, y=without).write_csv("g.csv")
    found = cli("check", "g.csv", "-ty", "--json").json
    assert {c["name"]: c["missing"] for c in found["columns"]}["gap"] == 4
    assert "Missing values, marked by features of their own: gap (4 rows, 10 %)." in found["notes"]
    assert "y: 40 rows without target left out." in found["notes"]


def test_a_class_that_no_test_row_holds_is_told(cli, here):
    labels = ["x"] * 78 + ["rare"] * 2
    table().with_columns(y=pl.Series(labels)).write_csv("r.csv")
    sealed = cli("check", "r.csv", "-ty", "--set", "splits.scheme=sealed").err
    assert "no unseen row is of class 'rare': the scores say nothing about it" in sealed
    assert "every row is tested once, in 2 folds" in cli("check", "r.csv", "-ty").err
