"""`isinglass compare`: models on rows, studies by their metrics, recipes by fitting them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from commands import QUICK, table

from isinglass.model import Model


@pytest.fixture
def studies(cli, here):
    """Two studies of the same rows."""
    for name, machine in (("one", "mlp"), ("two", "linear")):
        ran = cli("fit", "t.csv", "-ty", *QUICK, f"--machine={machine}", f"--out={name}", "--no-report")
        assert ran.code == 0
    return here


def test_studies_beside_the_conventional_methods(cli, studies):
    document = cli("compare", "one", "two", "--json").json
    assert list(document["scores"]) == ["one", "two", "the mean", "a linear model"]
    assert document["notes"] == []
    ran = cli("compare", "one", "two/metrics.json")
    assert "rmse" in ran.out
    assert max(map(len, ran.out.splitlines()[:-1])) <= 120
    assert "…" not in ran.out


def test_studies_of_different_rows_are_told_apart(cli, studies):
    table(70, seed=1).write_csv("other.csv")
    cli("fit", "other.csv", "-ty", *QUICK, "--out=three", "--no-report")
    ran = cli("compare", "one", "three")
    assert "the studies have different data" in ran.err
    assert "linear model" not in ran.out


def test_models_on_rows(cli, here, sums):
    for name in ("a", "b"):
        shutil.copy(sums, f"{name}.isinglass")
    document = cli("compare", "a.isinglass", "b.isinglass", "--data=t.csv", "--json").json
    assert document["scores"]["a.isinglass"] == document["scores"]["b.isinglass"]
    assert "should be new to all of them" in document["notes"][0]
    assert Model.load("a.isinglass").ledger.count == Model.load(sums).ledger.count + 1


def test_recipes_are_fitted(cli, here):
    for name in ("one.toml", "two.toml"):
        cli("init", "t.csv", "-ty", *QUICK, f"--seed={len(name)}", f"--out={name}")
    Path("two.toml").write_text(Path("two.toml").read_text().replace('kind = "mlp"', 'kind = "linear"'))
    document = cli("compare", "one.toml", "two.toml", "--json", "--quiet").json
    assert list(document["scores"]) == ["one.toml", "two.toml", "the mean", "a linear model"]


@pytest.mark.parametrize(
    ("things", "code", "message"),
    [
        (["one"], 2, "a comparison needs two things"),
        (["a.isinglass", "b.isinglass"], 2, "add --data DATA"),
        (["a.isinglass", "b.toml"], 2, "cannot be mixed"),
        (["nowhere", "elsewhere"], 1, "No such file"),
        (
            ["t.csv", "t.csv"],
            1,
            "t.csv: neither a study's folder nor its metrics.json. Instead: name folders of studies",
        ),
    ],
)
def test_what_cannot_be_compared(cli, here, things, code, message):
    ran = cli("compare", *things)
    assert ran.code == code
    assert message in ran.error
