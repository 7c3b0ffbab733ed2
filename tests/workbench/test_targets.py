"""Several targets: each has scores of its own, wherever scores are shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studies import Told, quick, tell

from isinglass.cli.output import Output
from isinglass.cli.tables import summary
from isinglass.data.opening import from_frame
from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.targets import mixed, without_units
from isinglass.spec import Column, Kind, Task

PLAIN = {"temp", "rain"}


def columns(n: int = 90) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, n))
    temp, rain = 20 + 3 * a + generator.normal(size=n), 100 * np.exp(b / 2)
    return {"a": a, "b": b, "temp [degC]": temp, "rain [mm]": rain}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    out = tmp_path_factory.mktemp("targets") / "out"
    recipe = quick({"source": "rows", "target": ["temp", "rain"]})
    return tell(recipe, out, dataset=from_frame(pl.DataFrame(columns()), recipe.data, name="rows"))


def test_every_target_has_its_own_scores_in_its_own_unit(told: Told) -> None:
    report = told.study.report
    assert [part.name for part in report.targets] == ["temp", "rain"]
    names = [method.name for method in report.methods]
    unseen = report.unseen
    assert unseen is not None
    assert unseen.mean is not None
    for place, (part, unit) in enumerate(zip(report.targets, ("degC", "mm"), strict=True)):
        assert [method.name for method in part.methods] == names
        assert {measure.name: measure.unit for measure in part.measures}["rmse"] == unit
        error = unseen.mean[:, place] - unseen.observed[:, place]
        assert part.methods[0].values["rmse"].value == pytest.approx(np.sqrt(np.mean(error**2)))


def test_nothing_is_pooled_over_units(told: Told) -> None:
    numbers = told.study.report.metrics_json()
    for scores in (numbers["test"], *numbers["baselines"].values()):
        assert {"rmse", "mae", "bias", "crps", "nll", "sharpness"}.isdisjoint(scores)
        assert {"nrmse", "r2", "coverage_90"} <= scores.keys()
    assert {measure.name for measure in told.study.report.measures}.isdisjoint({"rmse", "mae", "nll", "crps"})


def test_they_stand_in_the_numbers_the_page_and_the_card(told: Told) -> None:
    assert told.folder is not None
    numbers = json.loads((told.folder / "metrics.json").read_text())["targets"]
    assert numbers.keys() == PLAIN
    assert numbers["rain"]["units"]["rmse"] == "mm"
    assert numbers["rain"]["baselines"].keys() == {"the mean", "a linear model"}
    assert len(numbers["temp"]["intervals"]["rmse"]) == 2
    for name, text in (("report.html", "rain alone, in its own unit;"), ("card.md", "rain alone, in its own unit:")):
        assert text in (told.folder / name).read_text(encoding="utf-8")


def test_they_stand_in_the_terminal(told: Told, capsys: pytest.CaptureFixture) -> None:
    Output().show(*summary(told.study.report, width=140))
    shown = capsys.readouterr().out
    assert "RMSE [degC]" in shown
    assert "RMSE [mm]" in shown


def test_evaluate_scores_each(told: Told, tmp_path: Path) -> None:
    pl.DataFrame(columns()).write_csv(tmp_path / "rows.csv")
    scores = told.model.evaluate(tmp_path / "rows.csv", bootstrap=20)
    assert {"rmse.temp", "rmse.rain", "nll.rain", "nrmse"} <= scores.keys()
    assert {"rmse", "nll"}.isdisjoint(scores)
    prediction = told.model.predict(tmp_path / "rows.csv")
    error = prediction.mean[:, 1] - columns()["rain [mm]"]
    assert scores["rmse.rain"].value == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-4)


def test_the_file_keeps_them(told: Told) -> None:
    assert told.folder is not None
    from isinglass.model import Model

    again = Model.load(told.folder / "rows.isinglass").findings.targets
    assert [(part.name, part.measures) for part in again] == [
        (part.name, part.measures) for part in told.study.report.targets
    ]


@pytest.mark.parametrize(("units", "unlike"), [(("mm", "mm"), False), (("mm", "K"), True), (("", ""), True)])
def test_scores_with_a_unit_are_averaged_where_it_is_one(units, unlike):
    targets = tuple(Column(name, Kind.CONTINUOUS, unit) for name, unit in zip("ab", units, strict=True))
    assert mixed(Task.REGRESSION, targets) == unlike
    kept = without_units({"rmse": Interval(1.0), "r2": Interval(0.5)}, Task.REGRESSION, targets)
    assert set(kept) == ({"r2"} if unlike else {"rmse", "r2"})
    assert not mixed(Task.REGRESSION, targets[:1])


def test_one_target_has_no_tables_of_its_own() -> None:
    recipe = quick({"source": "rows", "target": ["temp"], "features": ["a", "b"]})
    study = tell(recipe, dataset=from_frame(pl.DataFrame(columns()), recipe.data, name="rows")).study
    assert study.report.targets == ()
    assert "rmse" in study.report.metrics_json()["test"]
