"""Studies with the row 'combined', and models that are a combination: scored, saved, read and asked."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from studies import QUICK

import isinglass as ig
from isinglass.data.opening import from_frame
from isinglass.errors import RecipeError, UsageError
from isinglass.recipe import Recipe
from isinglass.workbench import study
from isinglass.workbench.events import result_of

METHODS = ["mean", "linear", "gradient_boosting"]
SETTINGS = QUICK | {"evaluation.baselines": METHODS, "learning.epochs": 20}


def frame(n=300, seed=0):
    """A step that trees find, a slope that networks find, a category and gaps."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(n, 3))
    kind = generator.choice(["a", "b", "c"], n)
    y = 3.0 * (x[:, 0] > 0.3) + x[:, 1] + (kind == "b") + 0.2 * generator.normal(size=n)
    gone = generator.random(n) < 0.1
    columns = {
        f"x{i}": [None if i == 2 and g else float(v) for v, g in zip(x[:, i], gone, strict=True)] for i in range(3)
    }
    return pl.DataFrame(columns | {"kind": kind, "y": y})


def fitted(**changes):
    settings = SETTINGS | {key.replace("__", "."): value for key, value in changes.items()}
    data = {"source": "table", "target": ["y"]}
    recipe = Recipe.from_dict({"data": data}).replace(settings)
    dataset = from_frame(changes.pop("rows", frame()), recipe.data, name="table")
    return result_of(study(recipe, dataset=dataset))


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plain():
    return fitted()


@pytest.fixture(scope="module")
def combined():
    return fitted(machine__kind="combined", splits__scheme="folds", splits__folds=3)


def test_every_report_has_the_row(plain):
    names = [(method.name, method.network, method.role) for method in plain.report.methods]
    assert names[:2] == [("network", True, "networks"), ("combined", False, "combined")]
    found = plain.report.metrics_json()
    assert set(found["baselines"]) == {"the mean", "a linear model", "gradient boosting"}
    assert found["networks"] == found["test"]
    assert found["combined"]["rmse"] <= 1.05 * min(
        found["test"]["rmse"], found["baselines"]["gradient boosting"]["rmse"]
    )
    assert sum(found["combined_weights"].values()) == pytest.approx(1)
    assert set(found["combined_intervals"]) == set(found["combined"])
    assert "Combined is" in plain.report.combined_words
    assert plain.model.ensemble.combination is None


def test_test_rows_have_no_part_in_the_weights():
    data = frame()
    recipe = Recipe.from_dict({"data": {"source": "table", "target": ["y"]}}).replace(SETTINGS)
    dataset = from_frame(data, recipe.data, name="table")
    first = result_of(study(recipe, dataset=dataset))
    tested = (first.report.splits.role == 4).any(axis=0)  # Role.TEST
    targets = np.where(tested[:, None], 5.0 - dataset.targets, dataset.targets)
    # Rows keep their ids, hence their parts: only what was observed in the test part is another.
    other = replace(dataset, targets=targets)
    second = result_of(study(recipe, dataset=other))
    assert first.report.combination == pytest.approx(second.report.combination)


def test_the_model_is_the_combination(combined):
    report, model = combined.report, combined.model
    assert [(m.name, m.network) for m in report.methods[:2]] == [("combined", True), ("network", False)]
    assert model.ensemble.combination is not None
    assert len(model.ensemble.combination.blends) == 3
    assert "combined with conventional methods" in report.machine
    found = model.predict(frame(50, seed=1))
    assert np.isfinite(found.std).all()
    assert found.std == pytest.approx(np.hypot(found.noise, found.ignorance))
    low, high = found.interval(0.9)
    assert ((low < found.mean) & (found.mean < high)).all()
    assert found.novelty.shape == (50,)
    assert found.members.mean(axis=0).ravel() == pytest.approx(found.mean.ravel())
    alone = model.ensemble.networks.predict(model.read(frame(50, seed=1)).inputs)
    assert np.abs(alone.mean.ravel() - found.mean.ravel()).max() > 0.05


def test_what_is_scored_is_what_the_file_says(combined, tmp_path):
    """Kept unseen rows, asked of each fold's own combination from the file, give the report's predictions."""
    model = ig.load(combined.model.save(tmp_path / "m.isinglass"))
    unseen, sample = combined.report.unseen, model.sample
    order = {round(float(value), 9): place for place, value in enumerate(unseen.observed[:, 0])}
    places = [order[round(float(value), 9)] for value in sample.targets[:, 0]]
    for fold in range(3):
        mine = sample.fold == fold
        team = model.ensemble.take(np.flatnonzero(model.ensemble.fold == fold))
        said = team.predict(sample.inputs[mine])
        assert said.mean == pytest.approx(unseen.mean[np.array(places)[mine]], rel=1e-6, abs=1e-6)


def test_the_file_gives_the_same_answers_without_scikit_learn(combined, tmp_path):
    path = combined.model.save(tmp_path / "m.isinglass")
    rows = frame(40, seed=2)
    here = combined.model.predict(rows)
    rows.write_csv(tmp_path / "rows.csv")
    code = (
        "import sys, isinglass as ig\n"
        f"found = ig.load({str(path)!r}).predict({str(tmp_path / 'rows.csv')!r})\n"
        "assert not {'sklearn.ensemble', 'sklearn.tree', 'sklearn.linear_model'} & set(sys.modules)\n"
        "print(*found.mean.ravel(), *found.std.ravel())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    told = np.array(done.stdout.split(), dtype=np.float64).reshape(2, -1)
    assert told[0] == pytest.approx(here.mean.ravel(), rel=1e-6)
    assert told[1] == pytest.approx(here.std.ravel(), rel=1e-6)


def test_explanations_are_of_the_combination(combined):
    model = combined.model
    importance = model.explain()
    assert importance[0].spec.names[int(importance[0].values.reshape(4, -1).mean(axis=1).argmax())] == "x0"
    (curve,) = model.explain(method="partial_dependence", columns=["x0"])
    middle = curve.values.reshape(len(curve.coords["grid"]), -1)[:, 0]
    # The step at 0.3, which few networks of eight units have so steep.
    assert np.abs(np.diff(middle)).max() > 0.4
    (near,) = model.explain(method="nearest", sample=2)
    assert "of a combination that says" in near.about


def test_what_needs_a_slope_is_refused(combined):
    from isinglass.model.attacks import choose, flip

    with pytest.raises(UsageError, match="have none"):
        flip(combined.model, choose(combined.model, None, 1))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"evaluation__baselines": "none"}, "evaluation.baselines"),
        (
            {"objective__constraints": [{"kind": "bounds", "target": "y", "low": -9.0}]},
            "objective.constraints",
        ),
    ],
)
def test_what_cannot_be_combined_is_refused_before_training(change, where):
    with pytest.raises(RecipeError, match=where):
        fitted(machine__kind="combined", **change)
