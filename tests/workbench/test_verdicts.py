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
from isinglass.data.opening import from_frame
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


def test_four_seasons_have_scores_but_no_interval_and_no_verdict() -> None:
    season = {"season": np.array(["winter", "spring", "summer", "autumn"])[np.arange(120) % 4]}
    study = study_of(numbers() | season, {"target": ["y"], "group": "season"})
    assert study.report.verdict == (
        "Who is better cannot be told from 4 independent groups of unseen rows: at least 5 are needed."
    )
    for method in study.report.methods:
        rmse = method.values["rmse"]
        assert np.isfinite(rmse.value)
        assert np.isnan(rmse.low)
        assert np.isnan(rmse.high)
    note = "4 independent groups to test: fewer than 5 give no interval and no verdict"
    assert note in study.report.warnings


def test_a_column_that_one_season_lacks_is_survived() -> None:
    """Snow is measured in winter only: where winter is tested no training row has any."""
    season = np.array(["winter", "spring", "summer", "autumn", "monsoon"])[np.arange(120) % 5]
    snow = np.where(season == "winter", np.arange(120.0), np.nan)
    columns = numbers() | {"season": season, "snow": snow}
    every = ["mean", "linear", "knn_l1", "random_forest", "gradient_boosting"]
    study = study_of(columns, {"target": ["y"], "group": "season"}, evaluation__baselines=every)
    assert not any(method.failed for method in study.report.methods)
    assert all(np.isfinite(method.values["rmse"].value) for method in study.report.methods)


def test_a_class_that_one_patient_holds_cannot_be_judged() -> None:
    patient = np.repeat([f"P{place}" for place in range(6)], 20)
    columns = numbers() | {"patient": patient, "tumour": np.where(patient == "P0", "malignant", "benign")}
    data = {"target": ["tumour"], "group": "patient", "features": ["a", "b"]}
    told = (
        "Who is better cannot be judged: class 'malignant' must be told by methods that were never shown it, for all "
        "its rows"
    )
    assert study_of(columns, data).report.verdict == f"{told} are in one group."


def test_a_rare_class_is_tested_in_folds_or_nobody_wins() -> None:
    columns = numbers(300)
    rare = np.argsort(np.argsort(-columns.pop("y"))) < 9
    columns["fraud"] = np.where(rare, "yes", "no")
    study = study_of(columns, {"target": ["fraud"]})
    assert study.report.splits.scheme == "folds"
    assert "cannot be told: " not in study.report.verdict
    sealed = study_of(columns, {"target": ["fraud"]}, splits__scheme="sealed")
    told = "Who is better cannot be told: 2 unseen rows are of class 'yes', and at least 5 are needed."
    assert sealed.report.verdict == told


def test_one_answer_in_the_test_rows_cannot_be_judged() -> None:
    columns = numbers(60)
    columns |= {"y": np.where(np.arange(60) < 40, columns["y"], 0.0), "t": np.arange(60.0)}
    told = "Who is better cannot be judged: all unseen rows have the same target."
    assert study_of(columns, {"target": ["y"], "time": "t"}).report.verdict == told
