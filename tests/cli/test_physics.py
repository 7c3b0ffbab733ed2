"""The lectures' worked example 28 on the command line: positivity and a conservation law within the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from isinglass.model import Model

RECIPE = """
[data]
source = "light.csv"
target = ["reflected", "absorbed", "transmitted"]
[machine]
numeric_embedding = "none"
[objective]
loss = "squared"
[[objective.constraints]]
{first}
[[objective.constraints]]
kind = "positive"
columns = ["reflected"]
[learning]
members = 2
epochs = 5
plan = "stacked"
[evaluation]
baselines = "none"
bootstrap = 20
"""
TOTAL = 'kind = "sum_to_total"\ntotal = "incoming"'
LINEAR = 'kind = "linear"\nmatrix = [[1, 2]]\nright_side = ["incoming"]\nalpha = 0.25'
PARTS = ["reflected", "absorbed", "transmitted"]


@pytest.fixture
def light(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sunlight in a canopy: what is reflected, absorbed and transmitted is what came in."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    leaf, sun = rng.uniform(0, 6, 200), rng.uniform(100, 900, 200).round(1)
    through = np.exp(-0.5 * leaf)
    back = 0.2 * (1 - through)
    table = {"leaf": leaf, "incoming": sun}
    shares = {"reflected": back, "absorbed": 1 - through - back, "transmitted": through}
    pl.DataFrame(table | {name: share * sun for name, share in shares.items()}).write_csv("light.csv")
    pl.DataFrame({"leaf": [0.0, 3.0, 60.0, 1e4, -50.0], "incoming": [0.0, 500.0, 1e5, 1e7, 3.0]}).write_csv("far.csv")
    return tmp_path


def recipe(first: str) -> str:
    Path("light.toml").write_text(RECIPE.format(first=first))
    return "light.toml"


@pytest.mark.slow
def test_28_laws_hold_in_what_predict_prints_far_outside_too(cli, light) -> None:
    assert cli("check", recipe(TOTAL)).code == 0
    assert cli("fit", "light.toml", "--out=study", "--quiet", "--no-report").code == 0
    ran = cli("predict", "study/light.isinglass", "far.csv")
    assert ran.code == 0
    parts = pl.read_csv(ran.out.encode()).select(f"{name}_mean" for name in PARTS).to_numpy()
    np.testing.assert_allclose(parts.sum(1), [0.0, 500.0, 1e5, 1e7, 3.0], rtol=1e-6, atol=1e-9)
    assert (parts >= 0).all()


@pytest.mark.slow
def test_28_every_prediction_has_its_residuals(cli, light) -> None:
    recipe(f'{TOTAL}\n[[objective.constraints]]\ncolumns = ["reflected", "absorbed"]\n{LINEAR}')
    assert cli("fit", "light.toml", "--out=study", "--quiet", "--no-report").code == 0
    ran = cli("predict", "study/light.isinglass", "far.csv", "--out=said.csv", "--json")
    laws = ran.json["laws"]
    told = pl.read_csv("said.csv")
    assert list(laws) == ["residual_sum_to_total_law_1", "residual_bounds_of_reflected", "residual_linear_law_1"]
    assert [law["exact"] for law in laws.values()] == [True, True, False]
    assert laws["residual_linear_law_1"]["law"] == "reflected + 2 absorbed = incoming"
    assert laws["residual_sum_to_total_law_1"]["law"] == "reflected + absorbed + transmitted = incoming"
    mean = {name: told[f"{name}_mean"].to_numpy() for name in PARTS}
    sun = pl.read_csv("far.csv")["incoming"].to_numpy()
    np.testing.assert_allclose(told["residual_sum_to_total_law_1"], sum(mean.values()) - sun, atol=1e-8)
    np.testing.assert_allclose(told["residual_linear_law_1"], mean["reflected"] + 2 * mean["absorbed"] - sun, atol=1e-6)
    assert np.abs(told["residual_sum_to_total_law_1"]).max() <= 1e-6 * 1e7
    assert laws["residual_linear_law_1"]["largest"] == pytest.approx(np.abs(told["residual_linear_law_1"]).max())
    shown = cli("predict", "study/light.isinglass", "far.csv", "--out=said.csv", "--overwrite").out
    assert "residual_linear_law_1  reflected + 2 absorbed = incoming, a penalty: at most" in shown


def test_a_model_without_laws_has_no_residuals(cli, sums) -> None:
    found = Model.load(sums).predict(sums.parent.parent / "t.csv")
    assert found.residuals == ()
    document = cli("predict", sums, sums.parent.parent / "t.csv", "--json").json
    assert "laws" not in document
    assert not any(name.startswith("residual") for name in document["columns"])


BAD = {
    "unknown column": ('kind = "sum_to_total"\ntotal = "incomming"', ["not a numeric feature", "incomming", "leaf"]),
    "unknown target": ('kind = "positive"\ncolumns = ["lost"]', ["unknown target", "lost", "reflected"]),
    "bound excludes the data": ('kind = "bounds"\ncolumns = ["absorbed"]\nupper = 50', ["outside the bounds", "row"]),
    "wrong shape": ('kind = "linear"\nmatrix = [[1, 1]]\nright_side = [0]', ["one coefficient for each target", "3"]),
    "singular": (
        'kind = "linear"\ncolumns = ["absorbed", "transmitted"]\nmatrix = [[1, 2], [2, 4]]\nright_side = [0, 0]',
        ["singular"],
    ),
    "no formula": (
        'kind = "linear"\ncolumns = ["absorbed", "transmitted"]\nmatrix = [["2 * (leaf", 1]]\nright_side = [0]',
        ["closing bracket"],
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_28_check_refuses_a_law_that_cannot_hold(cli, light, name: str) -> None:
    first, words = BAD[name]
    ran = cli("check", recipe(first))
    assert ran.code == 1
    assert ran.out == ""
    assert all(word in ran.err for word in words), ran.err
    assert "Traceback" not in ran.err
