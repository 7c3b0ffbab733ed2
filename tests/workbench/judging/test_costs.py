"""Costs in the recipe, from the fit to the file of predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from studies import quick, tell

from isinglass.data.opening import from_frame
from isinglass.errors import RecipeError
from isinglass.model import Model


def rows(n: int = 400) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, n))
    fraud = generator.uniform(size=n) < 1 / (1 + np.exp(3 - 1.5 * a))
    return pl.DataFrame({"a": a, "b": b, "fraud": np.where(fraud, "yes", "no")})


def study_of(costs: dict, out: Path | None = None, target: str = "fraud"):
    recipe = quick({"source": "rows", "target": [target]}, evaluation__costs=costs, learning__epochs=20)
    return tell(recipe, out, dataset=from_frame(rows(), recipe.data, name="rows")).study


def test_costs_choose_a_rule_that_is_told_kept_and_applied(tmp_path: Path) -> None:
    study = study_of({"yes": 9.0}, tmp_path / "out")
    rule = study.report.decision
    assert rule is not None
    assert rule.costs == (1.0, 9.0)
    assert rule.positive == 1
    assert rule.threshold is not None
    assert 0 < rule.threshold < 0.5
    assert rule.cost < rule.plain
    assert study.report.metrics_json()["decision"]["threshold"] == rule.threshold
    for name in ("report.html", "card.md"):
        assert "from a probability of" in (tmp_path / "out" / name).read_text(encoding="utf-8")
    model = Model.load(tmp_path / "out" / "rows.isinglass")
    assert model.recipe.evaluation.costs == {"yes": 9.0}
    prediction = model.predict(rows())
    probabilities = prediction.probabilities
    assert probabilities is not None
    assert prediction.decisions is not None
    expected = np.where(probabilities[:, 1] >= rule.threshold, "yes", "no")
    assert prediction.decisions.tolist() == expected.tolist()
    frame = prediction.to_frame(library="polars")
    assert frame["decision"].to_list() == expected.tolist()
    assert (frame["decision"] == "yes").sum() > (frame["label"] == "yes").sum()


def test_without_costs_nothing_is_decided() -> None:
    study = study_of({})
    assert study.report.decision is None
    prediction = study.model.predict(rows())
    assert prediction.decisions is None
    assert "decision" not in prediction.to_frame(library="polars").columns


@pytest.mark.parametrize(
    ("costs", "target", "words"),
    [
        ({"maybe": 3.0}, "fraud", "no such class. Given: maybe. Allowed: no, yes"),
        ({"yes": 3.0}, "b", "only a class can be missed. Given: a regression"),
        ({"yes": 0.0}, "fraud", "evaluation.costs.yes"),
    ],
)
def test_costs_of_what_there_is_not_are_refused(costs, target, words):
    with pytest.raises(RecipeError, match=words.replace(".", r"\.")):
        study_of(costs, target=target)
