"""Splits, leaks, conventional methods and verdict on real tables, from the file to the sentence."""

from __future__ import annotations

import numpy as np
import pytest

from isinglass.data.leaks import find_leaks
from isinglass.data.splits import split
from isinglass.errors import LeakError
from isinglass.evaluation.baselines import BASELINES, run_all
from isinglass.evaluation.intervals import evaluate
from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.verdict.verdict import judge
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe, SplitRecipe
from isinglass.spec import Role, Task

QUICK = ("mean", "linear", "knn_l1", "knn_l2")


def achieved(dataset, splits, names=QUICK):
    return {found.name: found.outcome for found in run_all(BASELINES, names, dataset, splits)}


def test_buoys_are_left_out_one_by_one():
    dataset = load(DataRecipe(source="tao", target=("Humidity",), group="location"))
    splits = split(dataset, SplitRecipe(), seed=0)
    groups = len(np.unique(dataset.coords["group"]))
    assert (splits.scheme, splits.folds) == ("folds", groups)
    assert splits.notes[0].startswith(f"{groups} groups are too few for one sealed test part")
    assert find_leaks(dataset, splits) == ()
    outcomes = achieved(dataset, splits)
    assert all(len(outcome) == len(dataset) for outcome in outcomes.values())
    scores = {name: evaluate(outcome, bootstrap=200) for name, outcome in outcomes.items()}
    assert scores["linear"]["rmse"].value < scores["mean"]["rmse"].value
    for score in scores.values():
        assert 0.8 < score["coverage_90"].value < 0.97
        assert score["rmse"].low < score["rmse"].value < score["rmse"].high
    linear = outcomes.pop("linear")
    assert judge(linear, outcomes).sentence.endswith(".")


def test_a_class_of_penguins_from_measurements(shared):
    recipe = DataRecipe(source=str(shared / "tables" / "penguins.csv"), target=("species",))
    dataset = load(recipe)
    splits = split(dataset, SplitRecipe(), seed=0)
    assert (dataset.schema.task, splits.kind, splits.scheme) == (Task.CLASSIFICATION, "stratified", "sealed")
    outcomes = achieved(dataset, splits)
    assert METRICS["accuracy"](outcomes["linear"]) > 0.95
    assert METRICS["accuracy"](outcomes["mean"]) < 0.6


def test_days_go_forward(shared):
    recipe = DataRecipe(source=str(shared / "tables" / "seattle-weather.csv"), target=("temp_max",), time="date")
    dataset = load(recipe)
    splits = split(dataset, SplitRecipe(gap=7), seed=0)
    time = dataset.coords["time"]
    train, test = time[splits.role[0] == Role.TRAIN], time[splits.role[0] == Role.TEST]
    assert splits.kind == "time"
    assert test.min() - train.max() >= 7
    assert len(test) == pytest.approx(0.2 * len(dataset), abs=1)


def test_a_target_copied_into_a_column_is_refused(tmp_path):
    generator = np.random.default_rng(0)
    celsius, wind = generator.normal(15, 5, 200), generator.normal(size=200)
    lines = [f"{c:.4f},{9 / 5 * c + 32:.4f},{w:.4f}" for c, w in zip(celsius, wind, strict=True)]
    (tmp_path / "table.csv").write_text("celsius,fahrenheit,wind\n" + "\n".join(lines) + "\n")
    dataset = load(DataRecipe(source=str(tmp_path / "table.csv"), target=("celsius",)))
    with pytest.raises(LeakError, match="--drop fahrenheit"):
        find_leaks(dataset, split(dataset, SplitRecipe(), seed=0))
