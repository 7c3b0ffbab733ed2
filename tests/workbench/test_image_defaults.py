"""What 'auto' means for the learning of images: by the machine and the number of images; what is set stays."""

from __future__ import annotations

import pytest

from isinglass.recipe import LearningRecipe, OptimizerRecipe, ScheduleRecipe
from isinglass.workbench.image_defaults import learning_of_images


def test_quick_networks_learn_by_muon_others_by_adamw() -> None:
    quick, other = (learning_of_images(LearningRecipe(), 70_000, kind) for kind in ("fast_grey", "resnet18"))
    assert (quick.optimizer.kind, quick.schedule.kind, quick.batch, quick.epochs) == ("muon", "triangular", 64, 3)
    assert (other.optimizer.kind, other.schedule.kind, other.batch, other.epochs) == ("adamw", "cosine", 128, 6)
    assert "auto" not in (quick.optimizer.rate, quick.optimizer.weight_decay, other.optimizer.rate)


@pytest.mark.parametrize(("rows", "epochs", "batch"), [(100, 60, 32), (4_000, 60, 64), (10_000, 40, 64)])
def test_few_images_are_shown_more_often(rows: int, epochs: int, batch: int) -> None:
    recipe = learning_of_images(LearningRecipe(), rows, "fast")
    assert (recipe.epochs, recipe.batch) == (epochs, batch)


def test_what_is_set_stays() -> None:
    optimizer = OptimizerRecipe(kind="sgd", rate=0.3, weight_decay=0.0, momentum=0.9)
    recipe = LearningRecipe(epochs=7, batch=500, optimizer=optimizer, schedule=ScheduleRecipe(kind="one_cycle"))
    assert learning_of_images(recipe, 1_000, "fast") == recipe


def test_a_chosen_optimizer_has_its_own_rate() -> None:
    recipe = learning_of_images(LearningRecipe(optimizer=OptimizerRecipe(kind="muon")), 1_000, "resnet18")
    assert recipe.optimizer.rate == 0.02
    assert learning_of_images(LearningRecipe(optimizer=OptimizerRecipe(kind="adamw")), 9, "fast").optimizer.rate == 2e-3
