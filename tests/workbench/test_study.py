"""Studies from the recipe to the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from studies import Told, quick, tell

from isinglass.data.opening import from_frame
from isinglass.errors import DataError, UsageError
from isinglass.inference.calibration import Calibration
from isinglass.spec import Role, Task
from isinglass.workbench import check_study, fit
from isinglass.workbench.events import Note, Stage, Ticked, result_of
from isinglass.workbench.judging import baselines
from isinglass.workbench.judging.calibration import calibrate_all, calibrate_folds
from isinglass.workbench.population import Trained, train_population
from isinglass.workbench.prepare import Prepared, prepare

SHORT = {"learning.members": 2, "learning.epochs": 3, "evaluation.baselines": "none", "evaluation.bootstrap": 20}
BUOYS = {"source": "tao", "target": ["Humidity"], "group": "location"}


@pytest.fixture(scope="module")
def trained() -> tuple[Prepared, Trained]:
    found = prepare(quick(BUOYS, learning__members=4, splits__in_bag=0.6))
    return found, result_of(train_population(found.dataset, found.splits, found.recipe))


def test_events_come_in_order(buoys: Told) -> None:
    stages = [event.name for event in buoys.events if isinstance(event, Stage)]
    assert stages == ["reading", "training", "scoring", "explaining", "writing"]
    progress = [event for event in buoys.events if isinstance(event, Ticked)]
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert progress[-1].done == 1
    assert len(progress[0].tick.train_loss) == len(progress[0].members) == 21
    assert isinstance(buoys.events[-1], Stage)
    notes = [event.text for event in buoys.events if isinstance(event, Note)]
    assert any("7 groups are too few" in text for text in notes)
    assert any("Missing values" in text for text in notes)


def test_files_are_written_and_say_the_same(buoys: Told) -> None:
    assert buoys.folder is not None
    written = {path.name for path in buoys.folder.iterdir()}
    assert written == {"tao.isinglass", "report.html", "card.md", "recipe.toml", "metrics.json"}
    assert set(buoys.study.paths) == {"model", "report", "card", "recipe", "metrics"}
    assert 'ig.load("tao.isinglass")' in (buoys.folder / "card.md").read_text(encoding="utf-8")
    numbers = json.loads((buoys.folder / "metrics.json").read_text())
    verdict = buoys.study.report.verdict
    assert numbers["verdict"] == verdict
    page = (buoys.folder / "report.html").read_text()
    assert verdict.split(":")[0] in page
    assert len(page) < 2_000_000
    assert "<script src" not in page


def test_every_row_is_scored_by_networks_that_never_saw_its_group(trained: tuple[Prepared, Trained]) -> None:
    found, learnt = trained
    group = found.dataset.coords["group"]
    for fold in range(found.splits.folds):
        tested = found.splits.role[fold] == Role.TEST
        mine = learnt.role[learnt.ensemble.fold == fold]
        seen = np.isin(mine, [Role.TRAIN, Role.STOP, Role.OUT]).any(axis=0)
        assert not set(group[tested]) & set(group[seen])
        assert (mine[:, tested] == Role.TEST).all()
    assert ((found.splits.role == Role.TEST).sum(axis=0) == 1).all()


def test_bags_never_divide_a_group(trained: tuple[Prepared, Trained]) -> None:
    found, learnt = trained
    group = found.dataset.coords["group"]
    for member in learnt.role:
        assert all(len(np.unique(member[group == name])) == 1 for name in np.unique(group))


def test_a_fold_is_calibrated_without_its_test_rows(trained: tuple[Prepared, Trained]) -> None:
    found, learnt = trained
    plain = calibrate_folds(found.dataset, found.splits, found.recipe, learnt)
    for number, fold in enumerate(plain):
        targets, inputs = found.dataset.targets.copy(), found.dataset.inputs.copy()
        targets[fold.tested], inputs[fold.tested] = 1e6, 1e6
        spoilt = replace(found.dataset, targets=targets, inputs=inputs)
        again = calibrate_folds(spoilt, found.splits, found.recipe, learnt)[number]
        assert again.ensemble.calibration == fold.ensemble.calibration
        assert (again.ensemble.noise_floor == fold.ensemble.noise_floor).all()


def test_the_whole_is_calibrated_on_what_folds_said_before_their_own_calibration(
    trained: tuple[Prepared, Trained],
) -> None:
    found, learnt = trained
    folds = calibrate_folds(found.dataset, found.splits, found.recipe, learnt)
    tenfold = Calibration(scale=(10.0,), levels=(0.9,), widths=((1.6,),), rows=99)
    widened = tuple(replace(fold, ensemble=replace(fold.ensemble, calibration=tenfold)) for fold in folds)
    scored = (found.dataset, found.splits)
    plain, other = (calibrate_all(learnt, said, found.recipe, scored=scored) for said in (folds, widened))
    assert other.calibration == plain.calibration
    told = plain.predict(found.dataset.inputs).std
    errors = np.concatenate(
        [
            fold.ensemble.predict(found.dataset.inputs[fold.tested]).mean - found.dataset.targets[fold.tested]
            for fold in folds
        ]
    )
    assert np.sqrt(np.mean(told**2)) == pytest.approx(np.sqrt(np.mean(errors**2)), rel=0.5)


def test_calibration_asks_only_members_that_left_the_row_out(trained: tuple[Prepared, Trained]) -> None:
    found, learnt = trained
    (fold, *_) = calibrate_folds(found.dataset, found.splits, found.recipe, learnt)
    mine = np.flatnonzero(learnt.ensemble.fold == 0)
    outside = learnt.role[mine] == Role.OUT
    rows = np.flatnonzero(outside.sum(axis=0) >= 2)
    assert len(rows) == len(fold.bagged.observed)
    alone = learnt.ensemble.take(mine).members(found.dataset.inputs[rows])
    expected = [alone[outside[:, row], place].mean(axis=0) for place, row in enumerate(rows)]
    assert fold.bagged.mean == pytest.approx(np.array(expected), rel=1e-5)


def test_the_ledger_is_opened_once(buoys: Told) -> None:
    (opening,) = buoys.model.ledger.openings
    assert (opening.verb, opening.rows) == ("fit", 643)
    assert len(buoys.study.report.ledger) == 1


def test_methods_are_judged_on_the_same_rows(buoys: Told) -> None:
    found = buoys.study.report
    assert [method.name for method in found.methods] == ["network", "combined", "the mean", "a linear model"]
    assert found.unseen is not None
    error = found.unseen.observed - found.unseen.mean
    assert found.methods[0].values["rmse"].value == pytest.approx(float(np.sqrt((error**2).mean())))
    assert len(error) == found.data.rows == 643
    inside = (found.unseen.observed >= found.unseen.low) & (found.unseen.observed <= found.unseen.high)
    assert found.methods[0].values["coverage_90"].value == pytest.approx(inside.mean())


def test_an_earlier_study_is_not_replaced_unasked(buoys: Told) -> None:
    with pytest.raises(UsageError, match="holds a study"):
        tell(quick(BUOYS), buoys.folder)


def test_check_fits_nothing() -> None:
    found = check_study(quick(BUOYS))
    assert found.splits.role.shape == (7, 643)
    assert found.data.rows == 643


def test_sealed_part(tmp_path: Path) -> None:
    told = tell(quick({"source": "diabetes"}, learning__members=4), tmp_path)
    assert told.study.report.splits.scheme == "sealed"
    (opening,) = told.model.ledger.openings
    assert 60 < opening.rows < 120
    assert told.study.report.unseen is not None
    assert len(told.study.report.unseen.observed) == opening.rows
    assert len(told.model.ensemble) == 4


def test_classes_by_name() -> None:
    told = tell(quick({"source": "iris"}, splits__scheme="folds", learning__epochs=40))
    assert told.study.report.task is Task.CLASSIFICATION
    assert told.study.paths == {}
    found = told.model.predict("iris")
    assert found.probabilities is not None
    assert found.probabilities.sum(axis=1) == pytest.approx(np.ones(150))
    assert found.labels is not None
    assert set(found.labels) <= {"setosa", "versicolor", "virginica"}
    assert told.study.report.methods[0].values["accuracy"].value > 0.8


def test_several_labels() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "up": (x[:, 0] > 0) * 1, "right": (x[:, 1] > 0) * 1})
    recipe = quick({"source": "table", "target": ["up", "right"], "task": "multilabel"}, learning__epochs=60)
    told = tell(recipe, dataset=from_frame(frame, recipe.data, name="table"))
    found = told.model.predict(frame)
    assert found.probabilities is not None
    assert found.probabilities.shape == (120, 2)
    assert set(np.unique(found.mean)) == {0.0, 1.0}
    assert told.study.report.methods[0].values["accuracy"].value > 0.7


def test_no_conventional_methods() -> None:
    told = tell(quick({"source": "diabetes"}, evaluation__baselines="none"))
    assert [method.name for method in told.study.report.methods] == ["network"]
    assert told.study.report.verdict


def test_a_single_input_column(tmp_path: Path) -> None:
    told = tell(quick({"source": "polynomial"}), tmp_path)
    assert told.study.report.importance is None
    assert "single input" in told.study.report.absent["importance"]
    assert (tmp_path / "report.html").exists()


@pytest.fixture(scope="module")
def parts() -> pl.DataFrame:
    """Two positive parts of a total."""
    rng = np.random.default_rng(0)
    total, share = rng.uniform(1, 10, 150), rng.beta(0.5, 2, 150)
    return pl.DataFrame(
        {"total": total, "x": share + 0.1 * rng.normal(size=150), "a": total * share, "b": total * (1 - share)}
    )


LAWS = [{"kind": "sum_to_total", "total": "total"}, {"kind": "positive"}]


@pytest.mark.parametrize("loss", ["squared", "gaussian"])
def test_laws_hold_for_every_prediction_and_band(parts: pl.DataFrame, loss: str) -> None:
    recipe = quick({"source": "table", "target": ["a", "b"]}, objective__constraints=LAWS, objective__loss=loss)
    told = tell(recipe, dataset=from_frame(parts, recipe.data, name="table"))
    wild = pl.DataFrame({"total": [1e-3, 5.0, 1e4], "x": [-50.0, 50.0, 0.3]})
    for rows in (parts, wild):
        found = told.model.predict(rows)
        total = rows["total"].to_numpy()
        assert found.mean.sum(axis=1) == pytest.approx(total, rel=1e-6)
        assert (found.mean >= 0).all()
        assert found.members.sum(axis=2) == pytest.approx(np.tile(total, (len(found.members), 1)), rel=1e-6)
        low, high = found.interval(0.99)
        assert (low >= 0).all()
        assert (high >= found.mean).all()
    checks = told.study.report.constraints
    assert checks
    assert all(np.abs(check.residual).max() < 1e-5 for check in checks)


def test_weights_and_a_table_in_memory() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 1))
    frame = {
        "x": x[:, 0],
        "z": rng.normal(size=80),
        "y": 2 * x[:, 0] + rng.normal(size=80),
        "w": rng.uniform(0.5, 2, 80),
    }
    model = fit(frame, "y", weight="w", settings=SHORT)
    assert [column.name for column in model.schema.columns] == ["x", "z"]
    with pytest.raises(UsageError, match="unknown keyword"):
        fit(frame, "y", wieght="w")
    with pytest.raises(UsageError, match=r"Given: members\..*Instead: settings=\{'learning.members': 2\}"):
        fit(frame, "y", members=2)
    with pytest.raises(UsageError, match=r"settings: keys and values are wanted.*Instead: settings="):
        fit(frame, "y", settings=["learning.members=2"])  # type: ignore[arg-type]
    for column in (frame["y"], [frame["y"]]):
        with pytest.raises(UsageError, match=r"fit, target: a target is named.*Given: ndarray.*Regressor"):
            fit(frame, column)  # type: ignore[arg-type]


def test_columns_that_pandas_numbers_are_named_by_their_numbers() -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    model = fit(pd.DataFrame(x), 2, settings=SHORT)  # type: ignore[arg-type]
    assert [target.name for target in model.schema.targets] == ["2"]
    with pytest.raises(UsageError, match=r"a group is named.*Given: ndarray\. Instead: group='name'"):
        fit(pd.DataFrame(x), "2", group=x[:, 0])
    with pytest.raises(DataError, match=r"no feature '7'"):
        fit(pd.DataFrame(x), "2", features=[0, 7])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mlp", "combined"])
def test_methods_fitted_while_the_network_learns_change_no_number(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    recipe = quick(BUOYS, machine__kind=kind, evaluation__baselines=["mean", "linear", "knn_l1"])
    reports, answers = [], []
    for worth in (0.0, 1e6):
        monkeypatch.setattr(baselines, "WORTH", worth)
        monkeypatch.setattr(baselines, "available", lambda: 2)
        found = tell(recipe)
        reports.append(found.study.report.metrics_json())
        answers.append(found.study.model.predict("tao").mean)
    for said in reports:
        del said["seconds"], said["provenance"], said["date"]
    assert reports[0] == reports[1]
    assert (answers[0] == answers[1]).all()
