"""Building machines: what 'auto' becomes, how an MLP is laid out, what is refused."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine import build
from isinglass.machine.defaults import embedding_width, resolve
from isinglass.machine.layers import BatchNorm, Dropout, Residual
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec

SHAPE = Shape(4, 3)


def kinds(machine: nn.Module) -> list[str]:
    return [type(layer).__name__ for layer in machine.children()]


def test_nothing_is_left_auto() -> None:
    resolved = resolve(MachineRecipe(), Shape(6, 2, (30, 4)))
    assert "auto" not in resolved.model_dump().values()
    assert resolved.embedding == embedding_width(30)
    assert resolve(resolved, SHAPE) == resolved


def test_what_suits_the_task() -> None:
    regression, classes = resolve(MachineRecipe(), SHAPE), resolve(MachineRecipe(), SHAPE, task=Task.CLASSIFICATION)
    assert (regression.numeric_embedding, regression.dropout) == ("periodic", 0.0)
    assert (classes.numeric_embedding, classes.dropout) == ("none", 0.2)
    assert resolve(MachineRecipe(), Shape(33, 1)).numeric_embedding == "none"
    assert resolve(MachineRecipe(), Shape(34, 1, (20, 20))).numeric_embedding == "periodic"


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        ((1, 28, 28), "fast_grey"),
        ((1, 41, 28), "fast"),
        ((3, 32, 32), "fast"),
        ((13, 64, 96), "fast"),
        ((3, 64, 97), "resnet18"),
        ((1, 8, 8), "cnn"),
        ((3, 11, 40), "cnn"),
    ],
)
def test_which_network_suits_the_size_of_images(image: tuple[int, int, int], kind: str) -> None:
    shape = Shape(image[0] * image[1] * image[2], 5, spec=image_spec(*image))
    resolved = resolve(MachineRecipe(), shape, task=Task.CLASSIFICATION)
    assert resolved.kind == kind
    assert resolve(MachineRecipe(), shape, task=Task.SEGMENTATION).kind == "unet"
    machine = build(resolved, shape, seed=0, task=Task.CLASSIFICATION)
    assert machine(torch.zeros(2, *image)).shape == (2, 5)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_smallest_images_of_the_quick_networks(channels: int) -> None:
    shape = Shape(144 * channels, 2, spec=image_spec(channels, 12, 12))
    machine = build(MachineRecipe(), shape, seed=0, task=Task.CLASSIFICATION)
    assert machine(torch.zeros(2, channels, 12, 12)).shape == (2, 2)


def test_what_is_set_stays() -> None:
    shared = {"kind": "mlp", "filters": (), "scaling": "own"}
    own = {"activation": "elu", "dropout": 0.1, "numeric_embedding": "periodic", "embedding": 3}
    recipe = MachineRecipe(hidden=(7,), **own, **shared)
    assert resolve(recipe, Shape(6, 2, (30, 4))) == recipe


def test_layers_of_a_plain_network() -> None:
    machine = build(MachineRecipe(hidden=(8, 6), activation="relu", dropout=0, numeric_embedding="none"), SHAPE, seed=0)
    assert kinds(machine) == ["Linear", "ReLU", "Linear", "ReLU", "Linear"]


def test_layers_with_everything() -> None:
    recipe = MachineRecipe(
        hidden=(8, 8, 6), activation="tanh", dropout=0.1, normalization="batch", residual=True, numeric_embedding="none"
    )
    machine = build(recipe, SHAPE, seed=0)
    assert kinds(machine) == ["Linear", "BatchNorm", "Tanh", "Dropout", "Residual", "Residual", "Linear"]
    same, narrower = (layer for layer in machine.children() if isinstance(layer, Residual))
    assert kinds(same.inner) == ["BatchNorm", "Linear", "Tanh", "Dropout"]
    assert isinstance(same.shortcut, nn.Identity)
    assert isinstance(narrower.shortcut, nn.Linear)


def test_maxout_widens_the_dense_layer_before_it() -> None:
    machine = build(MachineRecipe(hidden=(8, 6), activation="maxout(3)", normalization="layer"), SHAPE, seed=0)
    widths = [layer.out_features for layer in machine.children() if isinstance(layer, nn.Linear)]
    assert widths == [24, 18, 3]
    assert machine(torch.zeros(2, 4)).shape == (2, 3)


def test_initial_signals_keep_their_size() -> None:
    for activation in ("relu", "tanh", "silu", "selu", "gelu"):
        recipe = MachineRecipe(hidden=(256,) * 8, activation=activation, dropout=0, numeric_embedding="none")
        machine = build(recipe, Shape(64, 64), seed=0)
        out = machine(torch.randn(500, 64, generator=torch.Generator().manual_seed(0)))
        assert 0.1 < float(out.std().detach()) < 5, activation


def test_layers_without_dropout_or_norm_have_none() -> None:
    machine = build(MachineRecipe(dropout=0.0), SHAPE, seed=0)
    assert not [m for m in machine.modules() if isinstance(m, (Dropout, BatchNorm))]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (MachineRecipe(kind="mpl"), "unknown machine.*did you mean 'mlp'"),
        (MachineRecipe(hidden=()), r"at least one hidden layer.*kind = 'linear'"),
        (MachineRecipe(activation="rellu"), "did you mean 'relu'"),
        (MachineRecipe(options={"waves": 3}), "unknown option.*Given: waves.*frequencies"),
        (MachineRecipe(options={"variant": "x"}), "options.variant.*pbld, plr"),
        (MachineRecipe(options={"frequencies": 2.5}), "options.frequencies.*Given: 2.5.*whole number"),
        (MachineRecipe(options={"sigma": -1}), "options.sigma.*above 0"),
        (MachineRecipe(options={"slowest": 2}), "options.slowest.*above 0, at most 1"),
        (MachineRecipe(kind="polynomial", degree=40), "terms.*Instead: degree = "),
    ],
)
def test_errors(recipe: MachineRecipe, message: str) -> None:
    with pytest.raises(MachineError, match=message):
        build(recipe, Shape(4, 3), seed=0)


def test_no_inputs() -> None:
    with pytest.raises(MachineError, match="one input and one output"):
        build(MachineRecipe(), Shape(0, 1), seed=0)
