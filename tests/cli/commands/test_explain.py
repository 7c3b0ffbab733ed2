"""`isinglass explain`: every method, on the model's own unseen rows and on a table."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from isinglass.model import Model

METHODS = ("permutation", "multipass", "grouped", "partial_dependence", "ice")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rows", [[], ["tao"]], ids=["kept", "given"])
def test_json(cli, tao, method, rows):
    document = cli("explain", tao, *rows, f"--method={method}", "--json").json
    assert document["method"] == method
    names = [name for found in document["explanations"] for joined in found["names"] for name in joined.split(" + ")]
    assert {"Sea.Surface.Temp", "Air.Temp", "UWind", "VWind"} == set(names)
    for found in document["explanations"]:
        assert found.keys() == {
            "about", "quantity", "names", "units", "dims", "values", "mean", "spread", "coords", "check",
        }  # fmt: skip
        assert found["check"]["passed"] in (0.0, 1.0, None)


@pytest.mark.parametrize("method", METHODS)
def test_words(cli, tao, iris, method):
    ran = cli("explain", tao, f"--method={method}")
    assert ran.code == 0
    assert "Air.Temp" in ran.out
    assert "check: " in ran.out
    ran = cli("explain", iris, f"--method={method}")
    assert ("setosa" in ran.out) == (method in METHODS[-2:])


def test_curves_of_each_row_have_the_partial_dependence_as_their_mean(cli, here, iris):
    pair = [cli("explain", iris, f"--method={m}", "--column=petal width", "--json").json for m in METHODS[-2:]]
    (average,), (each,) = (document["explanations"] for document in pair)
    assert each["dims"][:2] == ["grid", "sample"]
    np.testing.assert_allclose(np.mean(each["values"], axis=1), average["values"], rtol=1e-6)
    assert each["check"]["heterogeneity"] == pytest.approx(average["check"]["heterogeneity"])
    ran = cli("explain", iris, "--method=ice", "--column=petal width", "--out=each.png")
    assert "own curve" in ran.out
    row = next(line for line in ran.out.splitlines() if line.count("..") == 3)
    mean, low, high = map(float, re.findall(r"\d[\d.]*(?:e-\d+)?", row.split(")")[0])[-3:])
    assert low <= mean <= high
    assert cli("explain", iris, "--method=ice", "--column=petal width", "--out=each.svg").code == 0
    drawn = (here / "each.svg").read_text()
    assert all(name in drawn for name in ("setosa", "versicolor", "virginica"))
    with Image.open("each.png") as picture:
        assert picture.size[0] > 600


def test_the_report_has_the_curves_of_some_rows(iris):
    """Of single rows, thirty at most, each the mean of the networks; their mean is close to the average of all rows."""
    for effect in Model.load(iris).findings.effects:
        assert effect.individual is not None
        assert effect.individual.shape == (30, len(effect.grid))  # all unseen rows of this study
        np.testing.assert_allclose(effect.individual.mean(axis=0), effect.mean, atol=1e-6)


def test_importances_come_largest_first(cli, here, sums):
    lines = cli("explain", sums).out.splitlines()
    rises = [float(line.split()[1]) for line in lines if line.startswith(("a ", "b "))]
    assert rises == sorted(rises, reverse=True)


def test_unknown_method(cli, tao):
    ran = cli("explain", tao, "--method=shap")
    assert ran.code == 2
    assert "no such method. Given: shap. Allowed: permutation, multipass, grouped, partial_dependence" in ran.error
