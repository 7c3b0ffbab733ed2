"""`isinglass explain`: every method, on the model's own unseen rows and on a table."""

from __future__ import annotations

import pytest

METHODS = ("permutation", "multipass", "grouped", "partial_dependence")


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
    assert ("setosa" in ran.out) == (method == "partial_dependence")


def test_importances_come_largest_first(cli, here, sums):
    lines = cli("explain", sums).out.splitlines()
    rises = [float(line.split()[1]) for line in lines if line.startswith(("a ", "b "))]
    assert rises == sorted(rises, reverse=True)


def test_unknown_method(cli, tao):
    ran = cli("explain", tao, "--method=shap")
    assert ran.code == 2
    assert "no such method. Given: shap. Allowed: permutation, multipass, grouped, partial_dependence" in ran.error
