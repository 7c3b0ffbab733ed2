"""A loss of one's own: as exact as ours where it says the same, kept out of files, refused where it is no loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor

import isinglass as ig
from isinglass.errors import RecipeError, UsageError

QUICK = {"learning.members": 2, "learning.epochs": 30, "evaluation.baselines": "none", "evaluation.bootstrap": 0}


def table(count: int = 240) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    a = rng.normal(size=count)
    y = a + rng.exponential(size=count)
    return pl.DataFrame({"a": a, "y": y, "z": 100 - 5 * a + rng.normal(size=count)})


def dearer_below(prediction: Tensor, target: Tensor) -> Tensor:
    """Nine times as dear where the prediction is too low: its best answer is the 90th percentile."""
    missing = target - prediction
    return torch.maximum(0.9 * missing, -0.1 * missing).mean(-1)


def squared(prediction: Tensor, target: Tensor) -> Tensor:
    return (prediction - target).square()  # a number a row and target: their mean counts


def test_the_same_law_learns_the_same_networks() -> None:
    rows = table().drop("z")
    theirs = ig.fit(rows, "y", loss=squared, settings=QUICK).predict(rows).mean
    ours = ig.fit(rows, "y", loss="squared", settings=QUICK).predict(rows).mean
    assert theirs == pytest.approx(ours, rel=1e-3, abs=1e-3)


def test_a_dear_side_moves_the_answer_and_the_file_needs_no_function(tmp_path: Path) -> None:
    rows = table().drop("z")
    model = ig.fit(rows, "y", loss=dearer_below, settings=QUICK)
    found = model.predict(rows)
    assert 0.84 < (rows["y"].to_numpy() < found.mean).mean() < 0.96
    model.save(tmp_path / "own.isinglass")
    np.testing.assert_array_equal(ig.load(tmp_path / "own.isinglass").predict(rows).mean, found.mean)


def test_several_targets_and_a_law() -> None:
    settings = {**QUICK, "objective.constraints": [{"kind": "positive", "columns": ["z"]}]}
    found = ig.fit(table(), ["y", "z"], loss=dearer_below, settings=settings).predict(table())
    assert found.mean.shape == (240, 2)
    assert (found.mean[:, 1] > 0).all()


def test_classes_are_told_by_number() -> None:
    def missed(scores: Tensor, target: Tensor) -> Tensor:
        right = scores.log_softmax(-1).gather(-1, target.long())[..., 0]
        return -right

    rows = table().with_columns(kind=pl.when(pl.col("a") > 0).then(pl.lit("warm")).otherwise(pl.lit("cold"))).drop("y")
    found = ig.fit(rows, "kind", loss=missed, settings=QUICK).predict(rows)
    assert found.probabilities is not None
    assert (found.labels == rows["kind"].to_numpy()).mean() > 0.95


def test_named_in_a_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_losses.py").write_text("def absolute(p, y):\n    return (p - y).abs().mean(-1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    rows = table().drop("z")
    model = ig.fit(rows, "y", settings={**QUICK, "objective.loss": "own_losses:absolute"})
    assert model.recipe.objective.loss == "own_losses:absolute"
    ours = ig.fit(rows, "y", loss="absolute", settings=QUICK).predict(rows).mean
    assert model.predict(rows).mean == pytest.approx(ours, rel=1e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (lambda p, y: (p - y).square().mean(), RecipeError, "one number a row"),
        (lambda p, y: 1.0, RecipeError, "Given: float"),
        (lambda p: p, RecipeError, "called with prediction and target: too many positional"),
        (lambda p, y, w: p, RecipeError, "called with prediction and target: missing a required argument: 'w'"),
        (3, UsageError, "a name or a function"),
        ("no.such:loss", RecipeError, "the function is not found"),
        ("given in Python", RecipeError, "a function that was given in Python"),
        ("squard", RecipeError, "did you mean 'squared'"),
    ],
)
def test_what_is_no_loss(loss, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ig.fit(table().drop("z"), "y", loss=loss, settings=QUICK)
