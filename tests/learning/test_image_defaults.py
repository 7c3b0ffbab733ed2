"""What "auto" means for the learning of images: by machine, number of images and cost; what is set stays."""

from __future__ import annotations

import pytest

from isinglass.learning.image_defaults import ImageStudy, expected_words, image_study, learning_of_images
from isinglass.recipe import LearningRecipe, OptimizerRecipe, Recipe, ScheduleRecipe
from isinglass.spec import Shape, Task, image_spec


def learning(rows: int, kind: str, recipe: LearningRecipe | None = None) -> LearningRecipe:
    return learning_of_images(recipe or LearningRecipe(), ImageStudy(rows, kind))


def study_of(kind: str, image: tuple[int, int, int], rows: int, **changes) -> tuple[Recipe, ImageStudy]:
    recipe = Recipe.from_dict({"data": {"source": "photos"}, "machine": {"kind": kind}, "learning": {"members": 4}})
    recipe = recipe.replace(changes)
    shape = Shape(image[0] * image[1] * image[2], 10, spec=image_spec(*image))
    task = Task.SEGMENTATION if kind == "unet" else Task.CLASSIFICATION
    study = image_study(recipe, shape, rows, task)
    return recipe.model_copy(update={"learning": learning_of_images(recipe.learning, study)}), study


def test_quick_networks_learn_by_muon_others_by_adamw() -> None:
    quick, other = (learning(70_000, kind) for kind in ("fast_grey", "resnet18"))
    assert (quick.optimizer.kind, quick.schedule.kind, quick.batch, quick.epochs) == ("muon", "triangular", 64, 3)
    assert (other.optimizer.kind, other.schedule.kind, other.batch, other.epochs) == ("adamw", "cosine", 128, 6)
    assert "auto" not in (quick.optimizer.rate, quick.optimizer.weight_decay, other.optimizer.rate)


@pytest.mark.parametrize(("rows", "epochs", "batch"), [(100, 60, 32), (4_000, 60, 64), (10_000, 40, 64)])
def test_few_images_are_shown_more_often(rows: int, epochs: int, batch: int) -> None:
    recipe = learning(rows, "fast")
    assert (recipe.epochs, recipe.batch) == (epochs, batch)


def test_epochs_are_what_six_minutes_pay_for() -> None:
    """EuroSAT's 4,000 images of 64 pixels: fewer epochs for a dearer network or more members, within bounds."""
    fast, study = study_of("fast", (3, 64, 64), 4_000)
    assert 80e6 < study.cost < 95e6
    assert 15 <= fast.learning.epochs <= 25
    assert expected_words(fast, study) in ("about 5 min on two quiet processors", "about 6 min on two quiet processors")
    more, _ = study_of("fast", (3, 64, 64), 4_000, **{"learning.members": 8})
    assert more.learning.epochs == round(36_364 / 4_000)  # 20,000 images are learnt from, whatever that takes
    few, slow = study_of("resnet18", (3, 224, 224), 1_000)
    assert few.learning.epochs == 36
    assert "min" in expected_words(few, slow)
    masks, _ = study_of("unet", (3, 180, 240), 701)
    assert masks.learning.epochs == 16


def test_patches_cost_what_they_are() -> None:
    whole, _ = study_of("unet", (3, 128, 128), 400)
    _, patches = study_of("unet", (3, 128, 128), 400, **{"data.patch": 64})
    _, all_of_it = study_of("unet", (3, 128, 128), 400)
    assert patches.cost == pytest.approx(all_of_it.cost / 4, rel=0.05)
    assert whole.learning.epochs <= 60


def test_digits_take_seconds() -> None:
    recipe, study = study_of("fast_grey", (1, 28, 28), 70_000)
    assert recipe.learning.epochs == 3
    assert expected_words(recipe, study).endswith(" s on two quiet processors")


def test_a_machine_that_cannot_be_built_is_left_to_who_says_so() -> None:
    _, study = study_of("unet", (3, 64, 64), 100, **{"machine.filters": [8]})
    assert (
        study.cost,
        expected_words(Recipe.from_dict({"data": {"source": "x"}, "learning": {"epochs": 3}}), study),
    ) == (
        0,
        "",
    )


@pytest.mark.parametrize(
    ("freeze", "unfreeze", "rate"),
    [
        ([], 0.0, 4e-3),
        (["conv1", "layer1"], 0.0, 4e-3),
        (["conv1", "bn1", "layer1", "layer2", "layer3"], 0.0, 0.05),
        (["conv1", "bn1", "layer1", "layer2", "layer3"], 0.5, 4e-3),
    ],
)
def test_a_head_alone_learns_at_a_higher_rate(freeze: list[str], unfreeze: float, rate: float) -> None:
    changes = {"machine.start": "w.th", "machine.freeze": freeze, "learning.unfreeze": unfreeze}
    recipe, _ = study_of("cifar_resnet20", (3, 32, 32), 100, **changes)
    assert recipe.learning.optimizer.rate == rate
    fresh, _ = study_of("cifar_resnet20", (3, 32, 32), 100)
    assert fresh.learning.optimizer.rate == 2e-3


def test_what_is_set_stays() -> None:
    optimizer = OptimizerRecipe(kind="sgd", rate=0.3, weight_decay=0.0, momentum=0.9)
    recipe = LearningRecipe(epochs=7, batch=500, optimizer=optimizer, schedule=ScheduleRecipe(kind="one_cycle"))
    assert learning(1_000, "fast", recipe) == recipe


def test_a_chosen_optimizer_has_its_own_rate() -> None:
    recipe = learning(1_000, "resnet18", LearningRecipe(optimizer=OptimizerRecipe(kind="muon")))
    assert recipe.optimizer.rate == 0.02
    assert learning(9, "fast", LearningRecipe(optimizer=OptimizerRecipe(kind="adamw"))).optimizer.rate == 2e-3
