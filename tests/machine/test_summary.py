"""Summaries: shapes, weights, formulas, receptive fields, against published numbers and against gradients."""

from __future__ import annotations

import io

import pytest
import torch
from rich.console import Console
from torch import nn

from isinglass.machine import build
from isinglass.machine.summary import LINES, Summary, summarize
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec


def summary(kind: str, image: tuple[int, int, int], outputs: int = 1000, **settings: object) -> Summary:
    shape = Shape(image[0] * image[1] * image[2], outputs, spec=image_spec(*image))
    task = Task.SEGMENTATION if "unet" in kind else Task.CLASSIFICATION
    machine = build(MachineRecipe(kind=kind, **settings), shape, seed=0, task=task)
    return summarize(machine, torch.zeros(1, *image))


def test_resnet18_as_published() -> None:
    found = summary("resnet18", (3, 224, 224))
    assert (found.weights, found.multiply_adds) == (11_689_512, 1_814_073_344)
    assert found.layers[-2].field == 435  # Araujo, Norris and Sim (2019), doi:10.23915/distill.00021
    folded = found.folded(1)
    assert [layer.output for layer in folded if layer.name.startswith("layer")] == [
        (64, 56, 56),
        (128, 28, 28),
        (256, 14, 14),
        (512, 7, 7),
    ]
    assert sum(layer.weights for layer in folded) == found.weights


def test_receptive_field_is_where_the_gradient_lives() -> None:
    layers = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.MaxPool2d(2), nn.Conv2d(2, 2, 5, dilation=2), nn.AvgPool2d(3, 2)
    ).double()
    field = summarize(layers, torch.zeros(1, 1, 64, 64, dtype=torch.float64)).layers[-1].field
    rng = torch.Generator().manual_seed(0)
    reached = torch.zeros(64)
    for _ in range(20):  # of a maximum only one pixel has a gradient at a time
        x = torch.rand(1, 1, 64, 64, dtype=torch.float64, generator=rng).requires_grad_()
        raw = layers(x)
        (gradient,) = torch.autograd.grad(raw[0, 0, 3, 3], x)
        reached += gradient[0, 0].abs().sum(1) > 0
    rows = reached.nonzero()
    assert int(rows.max() - rows.min()) + 1 == field


def test_weights_of_all_layers_add_up_and_the_machine_is_not_changed() -> None:
    shape = Shape(3 * 33 * 47, 4, spec=image_spec(3, 33, 47))
    machine = build(MachineRecipe(kind="unet"), shape, seed=0, task=Task.SEGMENTATION).train()
    before = {name: value.clone() for name, value in machine.state_dict().items()}
    found = summarize(machine, torch.zeros(2, 3, 33, 47))
    assert sum(layer.weights for layer in found.layers) == found.weights == sum(p.numel() for p in machine.parameters())
    assert machine.training
    assert all(torch.equal(value, before[name]) for name, value in machine.state_dict().items())
    assert found.layers[-1].output == (4, 33, 47)


def test_table_and_text() -> None:
    found = summary("cnn", (1, 28, 28), 10)
    stream = io.StringIO()
    Console(file=stream, width=140).print(found.table())
    for text in (stream.getvalue(), str(found)):
        assert "3x3x32x64 + 64 = 18,496" in text
        assert "(28 - 2 + 0)/2 + 1 = 14" in text
    assert found.total == "421,642 weights, 4,241,152 multiply-adds a sample"
    assert str(found).endswith(found.total)


def test_folded_view_of_a_deep_network_fits_a_screen() -> None:
    found = summary("resnet152", (3, 224, 224))
    assert len(found.layers) > 300
    assert len(found.folded(1)) < 10
    assert found.shown() == found.folded(1)
    assert len(found.folded(2)) > LINES
    assert found.shown(0) == found.layers


def test_a_folded_module_gives_what_its_branches_give_together() -> None:
    found = summary("googlenet", (3, 224, 224))
    shapes = {layer.name: layer.output for layer in found.folded(1)}
    # Szegedy et al. (2015), doi:10.1109/CVPR.2015.7298594, table 1
    assert shapes["inception3a"] == (256, 28, 28)
    assert shapes["inception4e"] == (832, 14, 14)
    assert shapes["inception5b"] == (1024, 7, 7)


def test_rows_of_a_table_have_no_field() -> None:
    machine = build(MachineRecipe(kind="mlp", hidden=(4, 3), dropout=0, numeric_embedding="none"), Shape(7, 1), seed=0)
    found = summarize(machine, torch.zeros(1, 7))
    assert [layer.formula for layer in found.layers if layer.weights] == ["7x4 + 4 = 32", "4x3 + 3 = 15", "3x1 + 1 = 4"]
    assert {layer.field for layer in found.layers} == {0}


@pytest.mark.parametrize("kind", ["googlenet", "cifar_resnet20", "fast", "lenet5_1998"])
def test_every_kind_of_layer_is_summed_up(kind: str) -> None:
    image = (1, 32, 32) if kind == "lenet5_1998" else (3, 32, 32)
    found = summary(kind, image, 10)
    auxiliary = 0 if kind != "googlenet" else 2 * (1024 * 10 + 10) + 2 * (2048 * 1024 + 1024) + 128 * (512 + 528 + 4)
    assert sum(layer.weights for layer in found.layers) + auxiliary == found.weights
