"""Stages: which layers are frozen together, and where the head is."""

from __future__ import annotations

from collections import OrderedDict

from torch import nn

from isinglass.machine import build
from isinglass.machine.stages import belongs, head_of, stage_of, stages_of
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec


def test_a_prefix_ends_at_a_dot() -> None:
    assert belongs("layer1.0.weight", "layer1")
    assert belongs("layer1", "layer1")
    assert not belongs("layer10.weight", "layer1")


def test_stages_of_a_residual_network() -> None:
    machine = build(
        MachineRecipe(kind="cifar_resnet20"),
        Shape(3072, 4, spec=image_spec(3, 32, 32)),
        seed=0,
        task=Task.CLASSIFICATION,
    )
    places = {name: stage_of(name, stages_of(machine)) for name, _ in machine.named_parameters()}
    assert places["bn1.weight"] == 0
    assert places["layer2.0.bn1.weight"] == 2
    assert places["linear.bias"] == 4
    assert head_of(machine) == "linear"


def test_a_normalization_goes_with_the_convolution_before_it() -> None:
    recipe = MachineRecipe(kind="cnn", normalization="batch")
    machine = build(recipe, Shape(784, 10, spec=image_spec(1, 28, 28)), seed=0, task=Task.CLASSIFICATION)
    stages = stages_of(machine)
    assert stage_of("features.1.weight", stages) == stage_of("features.0.weight", stages) == 0
    assert stage_of("features.5.weight", stages) == stage_of("features.4.weight", stages)
    assert stage_of(f"{head_of(machine)}.bias", stages) == len(stages) - 1


def test_machines_without_stages_have_their_children() -> None:
    own = nn.Sequential(OrderedDict(body=nn.Linear(3, 4), act=nn.ReLU(), head=nn.Linear(4, 2)))
    assert stages_of(own) == (("body",), ("head",))
    assert head_of(own) == "head"


class Own(nn.Module):
    """A network of somebody else's, whose last layer is called `head`."""

    def __init__(self, features: int, outputs: int, image: tuple[int, int, int]) -> None:
        super().__init__()
        self.image = image
        self.head = nn.Linear(features, outputs)

    def forward(self, x):
        return self.head(x.flatten(1))


def test_own_machine_on_images_keeps_its_own_names() -> None:
    recipe = MachineRecipe(kind="custom", factory=f"{__name__}:Own")
    machine = build(recipe, Shape(48, 2, spec=image_spec(3, 4, 4)), seed=0, own=Own)
    assert isinstance(machine.head, nn.Linear)
    assert head_of(machine) == "head"
