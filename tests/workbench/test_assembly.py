"""A search learns with the networks that a fit of its setting has: the same start, the same rows, the same steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from photos import folder_per_class, with_masks
from studies import QUICK_IMAGES, quick, tell
from torch import Tensor

from isinglass.errors import RecipeError
from isinglass.learning.search.search_space import cohorts
from isinglass.machine import IMAGE_MACHINES, MACHINES, SEGMENTERS
from isinglass.model import Model
from isinglass.recipe import Recipe
from isinglass.workbench import tune
from isinglass.workbench.events import result_of
from isinglass.workbench.population import train_population
from isinglass.workbench.prepare import Prepared, prepare
from isinglass.workbench.tune import inner_folds, search_of

RATE = "learning.optimizer.rate"
BUOYS = {"source": "tao", "target": ["Humidity"], "group": "location"}
TABLES: dict[str, dict[str, Any]] = {kind: {} for kind in MACHINES if kind not in {**IMAGE_MACHINES, **SEGMENTERS}}
TABLES["monotonic"] = {"machine.increasing": ["Air.Temp"], "learning.plan": "looped"}
TABLES["custom"] = {"machine.factory": "torch.nn:Linear"}
HEAVY = {"alexnet", "alexnet_2012", "googlenet", "autoice_unet"}
"""Built in seconds, or for images that are not drawn here; nothing of theirs is assembled otherwise."""
PICTURES = [
    kind for kind in IMAGE_MACHINES if kind not in HEAVY and not kind.startswith(("resnet", "cifar_resnet1"))
] + ["resnet18"]


def searched(found: Prepared, recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Weights of the networks of the only setting, before and after they learnt: each [member, P]."""
    search = search_of(found, recipe, None)
    [(cohort, numbers)] = cohorts(search.settings, search.recipe)
    training = search._training(cohort, numbers, 1.0, None)
    before = training.initial.theta.clone()
    for _ in training:
        pass
    return before, training.result().theta


def fitted(found: Prepared, recipe: Recipe) -> tuple[Tensor, Tensor]:
    """The same of a fit on the same rows."""
    assert recipe.search is not None
    pool, inner = inner_folds(found, recipe.search.folds)
    alone = found.recipe.replace({key: values[0] for key, values in recipe.search.space.items()})
    last = result_of(train_population(pool, inner, alone.replace({"learning.members": recipe.search.members})))
    return last.training.initial.theta, last.training.result().theta


def same(recipe: Recipe) -> None:
    recipe = recipe.replace(
        {"search": {"kind": "grid", "folds": 2, "members": 2, "space": {RATE: [0.003]}}, "learning.epochs": 1}
    )
    found = prepare(recipe)
    for one, other in zip(searched(found, recipe), fitted(found, recipe), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("kind", TABLES)
def test_the_networks_of_a_table(kind: str) -> None:
    data = {"source": "iris"} if kind == "perceptron" else BUOYS
    same(quick(data).replace({"machine.kind": kind, **TABLES[kind]}))


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.slow
def test_the_networks_of_images(kind: str, tmp_path: Path) -> None:
    grey = kind in ("lenet5", "lenet5_1998", "fast_grey")
    size = {"data.size": (32, 32), "data.channels": "grey" if grey else "rgb"}
    folder = folder_per_class(tmp_path / "photos", each=6)
    same(Recipe.from_dict({"data": {"source": str(folder)}}).replace(QUICK_IMAGES | size | {"machine.kind": kind}))


def test_the_networks_of_masks(tmp_path: Path) -> None:
    folder = with_masks(tmp_path / "scenes", count=12)
    changes = {"machine.kind": "unet", "machine.filters": [4, 8]}
    same(Recipe.from_dict({"data": {"source": str(folder)}}).replace(QUICK_IMAGES | changes))


def test_a_search_starts_from_the_checkpoint_and_leaves_frozen_weights(tmp_path: Path) -> None:
    source = {"data": {"source": str(folder_per_class(tmp_path / "photos", each=8))}}
    fast = Recipe.from_dict(source).replace(QUICK_IMAGES | {"machine.kind": "fast", "learning.members": 1})
    first = tell(fast, tmp_path / "first").study.paths["model"]
    theirs = Model.load(first).ensemble.network(0).state_dict()
    recipe = fast.replace({"machine.start": str(first), "machine.freeze": "body", "machine.scaling": "start"})
    same(recipe)
    one = {"kind": "grid", "folds": 2, "members": 1, "space": {RATE: [0.1]}}
    recipe = recipe.replace({"search": one, "learning.epochs": 1})
    search = search_of(prepare(recipe), recipe, None)
    [(cohort, numbers)] = cohorts(search.settings, search.recipe)
    training = search._training(cohort, numbers, 1.0, None)
    for _ in training:
        pass
    ours = training.result().network(0).state_dict()
    assert torch.equal(ours["body.0.0.weight"], theirs["body.0.0.weight"])
    assert not torch.equal(ours["classify.weight"], theirs["classify.weight"])


def test_balanced_classes_can_be_tuned() -> None:
    space = {"kind": "grid", "folds": 2, "members": 1, "space": {RATE: [0.001, 0.01]}}
    recipe = quick({"source": "iris"}, objective__class_weights="balanced", learning__epochs=2)
    study = result_of(tune(recipe.replace({"search": space})))
    assert [trial.score == trial.score for trial in study.trials] == [True, True]


def test_a_perceptron_learns_by_its_own_rule_and_by_no_other() -> None:
    recipe = quick({"source": "iris"}, machine__kind="perceptron")
    assert prepare(recipe).recipe.learning.optimizer.kind == "perceptron"
    with pytest.raises(RecipeError, match="threshold has no gradient"):
        prepare(recipe.replace({"learning.optimizer.kind": "adam"}))
