"""What a whole study says of who won, where tables are awkward."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studies import quick, tell

import isinglass.evaluation.baselines as methods
from isinglass.data.dataset import from_frame
from isinglass.workbench.events import Study


def study_of(columns: dict, data: dict, out: Path | None = None, **changes) -> Study:
    recipe = quick({"source": "rows", **data}, **changes)
    return tell(recipe, out, dataset=from_frame(pl.DataFrame(columns), recipe.data, name="rows")).study


def numbers(n: int = 120, seed: int = 0) -> dict:
    generator = np.random.default_rng(seed)
    a, b = generator.normal(size=(2, n))
    return {"a": a, "b": b, "y": a + 0.5 * b + 0.3 * generator.normal(size=n)}


def test_a_method_that_fails_is_a_row_and_not_the_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fails(table, seed, threads):
        raise ValueError("window shape cannot be larger\nthan the array")

    monkeypatch.setitem(methods.BASELINES, "linear", replace(methods.BASELINES["linear"], fit=fails))
    study = study_of(numbers(), {"target": ["y"]}, tmp_path / "out", evaluation__baselines=["mean", "linear", "knn_l1"])
    rows = {method.name: method for method in study.report.methods}
    assert rows["a linear model"].failed == "window shape cannot be larger"
    assert not rows["a linear model"].values
    assert rows["nearest neighbours (L1)"].values
    assert "linear" not in study.report.verdict
    note = "a linear model failed (window shape cannot be larger): it has no scores, and the verdict leaves it out"
    assert note in study.report.warnings
    read = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert read["failed"] == {"a linear model": "window shape cannot be larger"}
    assert "failed: window shape cannot be larger</td>" in (tmp_path / "out" / "report.html").read_text()
    assert "a linear model (failed: window shape cannot be larger) |" in (tmp_path / "out" / "card.md").read_text()
