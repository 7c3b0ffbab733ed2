"""Where networks start from: the checkpoint's body, its head or a fresh one, and its scaling of pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from photos import folder_per_class
from studies import QUICK_IMAGES, tell
from torch import nn

from isinglass.data.images.schema import ImageSchema
from isinglass.data.scaling import Scaling
from isinglass.errors import ModelFileError, RecipeError
from isinglass.learning.start_scaling import scaling_of_start
from isinglass.machine import build
from isinglass.machine.checkpoints import IMAGENET_MEAN, read_scaling, take
from isinglass.machine.defaults import resolve
from isinglass.recipe import MachineRecipe, Recipe
from isinglass.spec import Column, Kind, Shape, Task, image_spec

QUICK = QUICK_IMAGES | {
    "machine.kind": "fast",
    "learning.members": 1,
    "learning.epochs": 1,
    "learning.optimizer.rate": 0.0,
}
"""A rate of 0: the fitted network is the network as it starts."""


def photos(tmp_path: Path, name: str, **how) -> Recipe:
    return Recipe.from_dict({"data": {"source": str(folder_per_class(tmp_path / name, each=8, **how))}}).replace(QUICK)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of three classes."""
    folder = tmp_path_factory.mktemp("first")
    return tell(photos(folder, "photos"), folder / "study").study.paths["model"]


def started(recipe: Recipe) -> tuple[nn.Module, np.ndarray]:
    told = tell(recipe)
    problem = told.model.ensemble.common
    return told.model.ensemble.network(0), problem.view.center[0].numpy()


def test_the_head_is_new_though_the_classes_are_as_many(first: Path, tmp_path: Path) -> None:
    theirs = tell(photos(tmp_path, "again", seed=3).replace({"machine.start": str(first), "learning.seed": 5})).model
    new, old = (theirs.ensemble.network(0).state_dict(), network_of(first))
    assert torch.equal(new["body.0.0.weight"], old["body.0.0.weight"])
    assert torch.equal(new["whiten.weight"], old["whiten.weight"])
    assert new["classify.weight"].shape == old["classify.weight"].shape
    assert not torch.equal(new["classify.weight"], old["classify.weight"])


def test_a_kept_head_says_what_the_start_said(first: Path, tmp_path: Path) -> None:
    """Head and scaling are the start's: before it learns, the network answers as the model that it comes from."""
    from isinglass.model import Model

    recipe = photos(tmp_path, "again", seed=3)
    told = tell(recipe.replace({"machine.start": str(first), "machine.head": "keep", "splits.stop": 0.0}))
    theirs, ours = Model.load(first), told.model
    images = recipe.data.source
    assert ours.recipe.machine.scaling == "start"
    np.testing.assert_allclose(read_scaling(first)[0], ours.ensemble.common.view.center[0])
    for name, value in ours.ensemble.network(0).state_dict().items():
        if "running" not in name and "num_batches" not in name:  # those follow the images even at a rate of 0
            assert torch.equal(value, theirs.ensemble.network(0).state_dict()[name]), name
    assert theirs.predict(images).probabilities.shape == ours.predict(images).probabilities.shape


def network_of(path: Path) -> dict[str, torch.Tensor]:
    from isinglass.model import Model

    return Model.load(path).ensemble.network(0).state_dict()


def test_a_head_of_other_classes_cannot_be_kept(tmp_path: Path) -> None:
    start = build(MachineRecipe(kind="fast", filters=(4, 8)), Shape(768, 5, spec=image_spec(3, 16, 16)), seed=1)
    torch.save(start.state_dict(), tmp_path / "five.pth")
    recipe = photos(tmp_path, "photos").replace({"machine.start": str(tmp_path / "five.pth"), "machine.head": "keep"})
    with pytest.raises(ModelFileError, match=r"machine.head: .*cannot be kept.*\(5, 8\).*\(3, 8\).*head = 'new'"):
        tell(recipe)
    network, _ = started(recipe.replace({"machine.head": "new"}))
    assert torch.equal(network.state_dict()["body.1.0.weight"], start.state_dict()["body.1.0.weight"])


def test_googlenets_auxiliary_heads_begin_anew_too() -> None:
    shape = Shape(3 * 64 * 64, 7, spec=image_spec(3, 64, 64))
    old, new = (build(MachineRecipe(kind="googlenet"), shape, seed=s, task=Task.CLASSIFICATION) for s in (0, 1))
    found = take(new, old.state_dict(), where="w.pth", new_head=True)
    assert {name.rsplit(".", 1)[0] for name in found.replaced} == {"fc", "aux1.fc2", "aux2.fc2"}
    assert "6 begin anew (aux1.fc2.weight" in str(found)


@pytest.mark.parametrize(
    ("kind", "start", "scaling"),
    [
        ("cifar_resnet20", "w.th", "imagenet"),
        ("resnet18", "w.pth", "imagenet"),
        ("fast", "w.pth", "own"),
        ("resnet18", "", "own"),
        ("fast", "m.isinglass", "start"),
    ],
)
def test_scaling_goes_with_the_start(kind: str, start: str, scaling: str) -> None:
    shape = Shape(3 * 32 * 32, 4, spec=image_spec(3, 32, 32))
    recipe = resolve(MachineRecipe(kind=kind, start=start), shape, task=Task.CLASSIFICATION)
    assert recipe.scaling == scaling


def test_imagenets_scaling_is_for_colours_in_whole_numbers(first: Path) -> None:
    targets = (Column("class", Kind.CATEGORICAL, categories=("a", "b")),)
    schema = ImageSchema(("red", "green", "blue"), 8, 8, "uint16", targets, Task.CLASSIFICATION)
    blank = Scaling(np.zeros((2, 3)), np.ones((2, 3)), np.zeros(3, bool), np.zeros((2, 1)), np.ones((2, 1)))
    found = scaling_of_start(blank, MachineRecipe(scaling="imagenet"), schema)
    np.testing.assert_allclose(found.center, 65535 * np.array([IMAGENET_MEAN] * 2))
    np.testing.assert_allclose(found.scale[1], 1 / (65535 * np.array([0.229, 0.224, 0.225])))
    for wrong in (replace(schema, depth="float32"), replace(schema, channels=("grey",))):
        with pytest.raises(RecipeError, match=r"machine.scaling.*imagenet.*scaling = 'own'"):
            scaling_of_start(blank, MachineRecipe(scaling="imagenet"), wrong)
    with pytest.raises(RecipeError, match=r"machine.scaling.*start, 1 channels.*3 channels"):
        scaling_of_start(blank, MachineRecipe(scaling="start", start=str(first)), replace(schema, channels=("grey",)))
    with pytest.raises(ModelFileError, match="does not say how its pixels were scaled"):
        scaling_of_start(blank, MachineRecipe(scaling="start", start="w.pth"), schema)
