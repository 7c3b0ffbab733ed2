"""What cannot be used is refused with a message that says what, where and what to do; and nothing is left behind."""

from __future__ import annotations

import json
import os
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import polars as pl
import pytest
from commands import QUICK, process, table

from isinglass.errors import ModelFileError
from isinglass.model import Model

TEXT = table().write_csv()
LINES = TEXT.splitlines()


def with_line(number: int, text: str) -> str:
    """The table with one row (from 1) replaced."""
    return "\n".join([*LINES[:number], text, *LINES[number + 1 :]]) + "\n"


FILES = {
    "empty": (b"", "the file is empty"),
    "header_only": (b"a,b,y\n", "the file has a header but no rows"),
    "one_row": (b"a,b,y\n1,2,3\n", "one row is not enough: nothing is left to test on"),
    "not_utf8": ("a,b,y\n1,2,3\né,2,3\n".encode("latin-1"), "not UTF-8 text in line 3"),
    "short_row": (TEXT + "1,2\n", "row 81: 2 fields where the header has 3"),
    "long_row": (TEXT + "1,2,3,4\n", "row 81: 4 fields where the header has 3"),
    "repeated_column": (TEXT.replace("a,b,y", "a,a,y"), "column names occur more than once: 'a' (columns 1, 2)"),
    "no_target": (TEXT.replace("a,b,y", "a,b,z"), "no target 'y' in the table. Allowed: a, b, z"),
    "constant_target": ("a,b,y\n" + "1,2,3\n2,3,3\n" * 20, "column 'y': the target never changes. Given: 3"),
    "missing_target": ("a,b,y\n" + "1,2,\n2,3,\n" * 20, "column 'y': every value of the target is missing"),
    "text_among_numbers": (with_line(7, "oops,1,2"), "row 7, column 'a': text in a numeric column. Given: 'oops'"),
    "tiny_target": (
        "a,b,y\n" + "".join(f"{k % 7},{k % 3},{k * k % 11}e-300\n" for k in range(40)),
        "column 'y': the target's values are too small to be told apart in single precision. Given: 0 to 9e-300",
    ),
    "units_in_cells": (
        "a,b,y\n" + "".join(f"{k}.5 mm,{k % 3},{k * k % 11}\n" for k in range(40)),
        "row 1, column 'a': a number with its unit in the cell. Given: '0.5 mm'. Instead: write the number alone, and "
        "the unit into the name: `a [mm]`",
    ),
    "return_in_header": ("a,b\r,y\n" + "1,2,3\n2,3,4\n" * 20, "where the header has"),
    "endless_cell": ("a,b,y" + "y" * 200_000 + "\n1,2,3\n2,3,4\n", "the header cannot be read: field larger than"),
    "infinite_input": (with_line(7, "inf,1,2"), "row 7, column 'a': an infinite value. Given: inf"),
    "infinite_target": (with_line(7, "1,2,-inf"), "row 7, column 'y': an infinite value. Given: -inf"),
}


@pytest.mark.parametrize("name", FILES)
def test_unusable_tables(cli, here, name):
    content, message = FILES[name]
    Path("bad.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    ran = cli("fit", "bad.csv", "-ty", *QUICK, "--out=s")
    assert ran.code == 1
    assert ran.error.startswith("bad.csv")
    assert message in ran.error
    assert ran.out == ""
    assert not Path("s").exists()


@pytest.mark.parametrize("name", FILES)
def test_check_says_what_a_fit_would(cli, here, name):
    content, message = FILES[name]
    Path("bad.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert message in cli("check", "bad.csv", "-ty").error


COLUMNS = {
    "negative_count": ({"n": [-1, *range(79)]}, ["-tn", "--kind=n=count"], "row 1, column 'n': a negative count"),
    "negative_poisson": ({"n": [-1, *range(79)]}, ["-tn", "--loss=poisson"], "row 1, column 'n': a negative count"),
    "negative_weight": ({"w": [-1, *range(79)]}, ["-ty", "--weight=w"], "row 1, column 'w': a negative weight"),
    "few_groups": (
        {"g": ["p", "q", "r", "s"] * 20},
        ["-ty", "--group=g", "--folds=5"],
        "splits.folds: 4 distinct groups cannot be divided into 5 parts. Instead: ask for at most 4 folds",
    ),
    "one_group": ({"g": ["p"] * 80}, ["-ty", "--group=g"], "1 distinct group cannot be divided"),
    "no_date": (
        {"t": [*(f"2020-01-{1 + i % 28:02d}" for i in range(79)), "tomorrow"]},
        ["-ty", "--time=t"],
        "row 80, column 't': not a date like the others. Given: 'tomorrow'",
    ),
    "no_dates": ({"t": [f"w{i}" for i in range(80)]}, ["-ty", "--time=t"], "row 1, column 't': not a date (80 such"),
    "no_time": ({}, ["-ty", "--split=time"], "a split by time needs the column(s) that hold time"),
    "no_feature": ({}, ["-ty", "--drop=a,b"], "no feature is left to predict from"),
    "time_alone": ({}, ["-ty", "--time=a", "--drop=b"], "--lags y=1,2 predicts from values before; --features a"),
    "wrong_group": ({}, ["-ty", "--group=grp"], "no group 'grp' in the table"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_unusable_columns(cli, here, name):
    columns, flags, message = COLUMNS[name]
    table().with_columns(**{key: pl.Series(values) for key, values in columns.items()}).write_csv("bad.csv")
    ran = cli("fit", "bad.csv", *flags, *QUICK, "--out=s")
    assert ran.code == 1
    assert message in ran.error
    assert not Path("s").exists()


RECIPES = {
    "learning.epocs=3": "unknown recipe key. Given: learning.epocs. Instead: did you mean 'learning.epochs'?",
    "lerning.epochs=3": "unknown recipe key. Given: [lerning]. Instead: did you mean 'learning'?",
    "learning.epochs.foo=3": "unknown recipe key. Given: learning.epochs.foo",
    "learning.epochs=0": "learning.epochs: should be greater than or equal to 1 or 'auto'. Given: 0",
    "learning.batch=-4": "learning.batch: should be greater than or equal to 1 or 'auto' or 'full'. Given: -4",
    "learning.patience=-1": "learning.patience: should be",
    "learning.seed=-1": "learning.seed: should be greater than or equal to 0",
    "learning.device=gpu": "learning.device: no such device. Given: gpu. Allowed: auto, cpu",
    "learning.device=cuda:99": "learning.device: there is no such device here. Given: cuda:99. Allowed: auto, cpu",
    "learning.optimizer=sgd": "learning.optimizer: should be a table of keys. Given: 'sgd'",
    "learning.optimizer.betas=[2,3]": "learning.optimizer.betas.0: should be less than 1",
    "splits.test=1.5": "splits.test: should be less than 1. Given: 1.5",
    "machine.kind=mlpp": "machine.kind: unknown machine. Given: mlpp",
    "machine.activation=rellu": "unknown activation",
    "machine.hidden=[]": "machine.hidden: a multilayer perceptron has at least one hidden layer",
    "objective.loss=gausian": "objective.loss: unknown loss. Given: gausian",
    "objective.loss=cross_entropy": "objective.loss: the loss is not for regression",
    'evaluation.baselines=["mena"]': "evaluation.baselines: unknown baseline. Given: mena. Allowed: mean, linear",
    "data.kinds.a=colour": "data.kinds.a: should be 'continuous', 'count'",
}


@pytest.mark.parametrize("verb", ["check", "fit"])
@pytest.mark.parametrize("setting", RECIPES)
def test_wrong_recipes(cli, here, verb, setting):
    ran = cli(verb, "t.csv", "-ty", f"--set={setting}", *(["--out=s"] if verb == "fit" else []))
    assert ran.code == 2
    assert RECIPES[setting] in ran.error
    assert not Path("s").exists()


def test_a_single_target_needs_no_brackets(cli, here):
    Path("r.toml").write_text('[data]\nsource = "t.csv"\ntarget = "y"\n')
    assert cli("check", "r.toml").code == 0


def test_no_such_file(cli, here):
    assert cli("fit", "nothing.csv", "-ty").error == (
        "nothing.csv: no such file. Instead: see `isinglass data list` for the built-in data sets."
    )
    Path("measured.csv").write_text(TEXT)
    assert cli("fit", "mesured.csv", "-ty").error == "mesured.csv: no such file. Instead: did you mean 'measured.csv'?"
    assert "there is no folder 'no'" in cli("fit", "no/t.csv", "-ty").error
    assert "Allowed: " in cli("fit", "taoo", "-ty").error
    assert cli("fit").code == 2


def test_truncated_parquet(cli, here):
    table().write_parquet("t.parquet")
    whole = Path("t.parquet").read_bytes()
    for cut in (whole[: len(whole) // 2], whole[: len(whole) // 2] + whole[-8:], b"PAR1"):
        Path("t.parquet").write_bytes(cut)
        assert "t.parquet: not a readable Parquet file, it may be truncated or damaged" in cli("fit", "t.parquet").error


def test_ten_thousand_categories(cli, here):
    names = [f"c{i % 10_000}" for i in range(20_000)]
    frame = pl.DataFrame({"c": names, "y": [(i % 10_000) / 1000 + i % 7 for i in range(20_000)]})
    frame.sample(fraction=1, shuffle=True, seed=0).write_csv("many.csv")
    ran = cli("fit", "many.csv", "-ty", *QUICK, "--no-report", "--json", "--out=s")
    assert ran.code == 0
    assert ran.json["test"]["rmse"] < ran.json["baselines"]["the mean"]["rmse"]


def test_classes_that_are_in_the_test_part_alone(cli, here):
    labels = ["u", "v"] * 30 + ["w"] * 20
    table().with_columns(y=pl.Series(labels), g=pl.Series([f"g{i // 20}" for i in range(80)])).write_csv("new.csv")
    ran = cli("fit", "new.csv", "-ty", "--group=g", *QUICK, "--no-report", "--json", "--out=s")
    assert ran.code == 0
    assert any("'w' occur in test rows but not in the training rows" in note for note in ran.json["warnings"])


def test_unsorted_times(cli, here):
    days = pl.Series([f"2020-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(80)])
    table().with_columns(day=days).write_csv("mixed.csv")
    ran = cli("fit", "mixed.csv", "-ty", "--time=day", *QUICK, "--no-report", "--json", "--out=s")
    assert ran.code == 0
    assert [note for note in ran.json["warnings"] if "time" in note] == [
        "the rows are not sorted by time: they were ordered by the value of the time column"
    ]


def test_columns_at_predict(cli, here, sums):
    table().write_csv("new.csv")
    plain = cli("predict", sums, "new.csv")
    assert plain.code == 0
    table().select("y", "b", "a").with_columns(more=pl.lit("x")).write_csv("new.csv")
    other = cli("predict", sums, "new.csv")
    assert other.out == plain.out
    assert "note: 1 column is not used: more." in other.err
    table().drop("a").write_csv("new.csv")
    assert cli("predict", sums, "new.csv").error.startswith("new.csv: no column 'a' in the table. Allowed: b, y")
    table().drop("a", "b").write_csv("new.csv")
    assert "2 columns are missing: a, b" in cli("predict", sums, "new.csv").error
    Path("new.csv").write_text(with_line(3, "high,1,2"))
    assert "new.csv, row 3, column 'a': text in a numeric column" in cli("predict", sums, "new.csv").error
    table().drop("y").write_csv("new.csv")
    assert "no target 'y' in the table" in cli("evaluate", sums, "new.csv").error


def rewrite(model: Path, changes: dict[str, bytes]) -> Path:
    """A copy of a model file with some entries changed."""
    copy = Path("copy.isinglass")
    with zipfile.ZipFile(model) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
    return copy


def test_damaged_models(cli, here, sums):
    Path("cut.isinglass").write_bytes(sums.read_bytes()[:-100])
    assert "this is no isinglass model, or it is damaged" in cli("predict", "cut.isinglass", "t.csv").error
    Path("text.isinglass").write_text("hello")
    assert "this is no isinglass model, or it is damaged" in cli("explain", "text.isinglass").error
    copy = rewrite(sums, {"recipe.json": b"{}"})
    assert "the model file is damaged: a checksum does not match" in cli("report", copy).error
    assert "there is no such model file" in cli("evaluate", "no.isinglass", "t.csv").error


def test_a_model_from_a_newer_version(cli, here, sums):
    with zipfile.ZipFile(sums) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    newer = json.dumps(manifest | {"format_version": 99, "writer": "isinglass 99.0"}).encode()
    message = cli("predict", rewrite(sums, {"manifest.json": newer}), "t.csv").error
    assert "written by a newer version of isinglass. Given: format 99 by isinglass 99.0" in message
    assert message.endswith("pip install --upgrade isinglass")


def test_results_are_not_replaced_unasked(cli, here):
    assert cli("fit", "t.csv", "-ty", *QUICK, "--no-report").code == 0
    model = Path("t-y.study/t.isinglass").read_bytes()
    ran = cli("fit", "t.csv", "-ty", *QUICK)
    assert ran.code == 2
    assert ran.error.startswith("t-y.study: the output folder exists. Instead: --overwrite replaces it")
    assert Path("t-y.study/t.isinglass").read_bytes() == model
    assert "is a file" in cli("fit", "t.csv", "-ty", "--out=t.csv").error


def test_nothing_to_resume(cli, here):
    assert "there is no interrupted fit here" in cli("fit", "--resume", "nowhere").error
    assert "keeps its data and its folder" in cli("fit", "t.csv", "--resume", "nowhere").error


@pytest.mark.parametrize("verb", ["fit", "check"])
def test_in_a_process_of_its_own(here, verb):
    Path("bad.csv").write_text(with_line(7, "oops,1,2"))
    ran = process(verb, "bad.csv", "-ty", "--json")
    assert ran.code == 1
    assert ran.json == {
        "error": ran.error,
        "kind": "DataError",
        "exit_code": 1,
    }
    assert "row 7, column 'a'" in ran.error
    assert sorted(os.listdir()) == ["bad.csv", "t.csv"]


def test_models_damaged_anywhere_are_refused_or_unharmed(here, sums):
    """One bit of the file is turned over, at its ends and at random places; or it is cut."""
    whole, draw, copy = sums.read_bytes(), random.Random(0), Path("copy.isinglass")
    expected = Model.load(sums).predict("t.csv").mean
    for trial in range(80):
        ends = [trial, len(whole) - 1 - trial]
        changed = bytearray(whole)
        changed[ends[trial % 2] if trial < 40 else draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        copy.write_bytes(changed if trial < 60 else changed[: draw.randrange(len(whole))])
        with suppress(ModelFileError):
            assert (Model.load(copy).predict("t.csv").mean == expected).all()
