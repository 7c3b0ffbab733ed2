"""What 'auto' becomes in the learning table."""

from __future__ import annotations

import pytest

from isinglass.learning.defaults import SMALL, SMALL_STEPS, STEPS, resolve, steps_per_epoch
from isinglass.recipe import LearningRecipe, OptimizerRecipe


def test_nothing_but_the_members_and_what_is_measured_is_left_auto() -> None:
    document = resolve(LearningRecipe(), 5000).model_dump()
    left = {key for key, value in document.items() if value == "auto"}
    assert left == {"members", "plan", "precision", "device"}
    assert "auto" not in document["optimizer"].values()
    assert "auto" not in document["schedule"].values()


@pytest.mark.parametrize(("rows", "batch", "epochs"), [(590, 32, 250), (6100, 128, 167), (25_000, 256, 82)])
def test_batches_grow_with_the_rows(rows: int, batch: int, epochs: int) -> None:
    resolved = resolve(LearningRecipe(), rows)
    assert (resolved.batch, resolved.epochs) == (batch, epochs)


def test_steps_stay_about_the_same() -> None:
    for rows in (1000, 3000, 10_000, 30_000, 100_000):
        resolved = resolve(LearningRecipe(), rows)
        assert isinstance(resolved.epochs, int)
        assert 0.7 * STEPS < resolved.epochs * steps_per_epoch(rows, resolved.batch) < 1.5 * STEPS


def test_a_batch_has_no_more_than_all_rows() -> None:
    assert resolve(LearningRecipe(batch=5000), 124).batch == 124
    assert resolve(LearningRecipe(batch=64), 124).batch == 64


def test_few_rows_are_one_exact_batch() -> None:
    for rows in (1, 15, SMALL - 1):
        resolved = resolve(LearningRecipe(), rows)
        assert (resolved.batch, resolved.precision, resolved.epochs) == ("full", "float64", SMALL_STEPS)
    assert resolve(LearningRecipe(), SMALL).batch != "full"
    assert resolve(LearningRecipe(precision="float32"), 15).precision == "float32"


def test_what_is_set_stays() -> None:
    recipe = LearningRecipe(
        epochs=7, batch=5, patience="never", optimizer=OptimizerRecipe(kind="sgd", rate=0.3, weight_decay=0.1)
    )
    resolved = resolve(recipe, 50)
    assert (resolved.epochs, resolved.batch, resolved.patience, resolved.precision) == (7, 5, "never", "auto")
    assert resolved.optimizer == recipe.optimizer
    assert resolve(LearningRecipe(optimizer=OptimizerRecipe(kind="closed_form")), 5000).epochs == 1
