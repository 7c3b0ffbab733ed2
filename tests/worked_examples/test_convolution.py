"""Worked examples 3, 16 and 17 of the lectures: weight counts, output sizes, a convolution by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional

from isinglass.machine import build
from isinglass.machine.image.shape_check import output_size
from isinglass.machine.summary import Summary, summarize
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec


def of_images(kind: str, image: tuple[int, int, int], outputs: int) -> Summary:
    shape = Shape(image[0] * image[1] * image[2], outputs, spec=image_spec(*image))
    machine = build(MachineRecipe(kind=kind), shape, seed=0, task=Task.CLASSIFICATION)
    return summarize(machine, torch.zeros(1, *image))


def test_3_weights_of_dense_layers() -> None:
    recipe = MachineRecipe(kind="mlp", hidden=(4, 3), dropout=0.0, numeric_embedding="none")
    layers = summarize(build(recipe, Shape(7, 1), seed=0), torch.zeros(1, 7)).layers
    assert [layer.weights for layer in layers if layer.weights] == [32, 15, 4]


def test_3_weights_of_the_convolutional_network() -> None:
    found = of_images("cnn", (1, 28, 28), 10)
    assert [layer.formula for layer in found.layers if layer.weights] == [
        "3x3x1x32 + 32 = 320",
        "3x3x32x64 + 64 = 18,496",
        "3136x128 + 128 = 401,536",
        "128x10 + 10 = 1,290",
    ]
    assert found.weights == 421_642


@pytest.mark.parametrize(("stride", "size"), [(1, 5), (2, 3)])
def test_16_output_size(stride: int, size: int) -> None:
    assert output_size(7, 3, stride=stride) == size
    assert nn.Conv2d(1, 1, 3, stride=stride)(torch.zeros(1, 1, 7, 7)).shape[2:] == (size, size)


def test_16_sizes_through_alexnet() -> None:
    layers = of_images("alexnet_2012", (3, 227, 227), 1000).layers
    sizes = [layer.output for layer in layers if layer.kind in ("Conv2d", "MaxPool2d", "Linear")]
    maps = [(96, 55), (96, 27), (256, 27), (256, 13), (384, 13), (384, 13), (256, 13), (256, 6)]
    assert sizes == [*((c, s, s) for c, s in maps), (4096,), (4096,), (1000,)]
    assert next(layer.input for layer in layers if layer.kind == "Linear") == (9216,)
    assert layers[0].size == "(227 - 11 + 0)/4 + 1 = 55"


IMAGE = [
    [0, 0, 5, 2, 1, 4],
    [3, 4, 1, 1, 1, 3],
    [6, 7, 1, 1, 1, 4],
    [8, 9, 2, 1, 5, 2],
    [2, 0, 0, 0, 2, 1],
    [6, 2, 2, 2, 2, 1],
]
CONVOLVED = [[2, 7, 4, -7], [13, 17, -3, -6], [13, 14, -5, -5], [12, 8, -5, -1]]


def edges() -> nn.Conv2d:
    layer = nn.Conv2d(1, 1, 3, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 0.0, -1.0]] * 3))
    return layer


def test_17_convolution_is_a_cross_correlation() -> None:
    out = edges()(torch.tensor(IMAGE, dtype=torch.float32)[None, None])
    assert out[0, 0].tolist() == CONVOLVED


def test_17_edge() -> None:
    image = torch.tensor([[9.0] * 4 + [0.0] * 4] * 8)
    assert edges()(image[None, None])[0, 0].tolist() == [[0, 0, 27, 27, 0, 0]] * 6


def test_17_kernels_have_the_depth_of_the_image_and_each_gives_a_map() -> None:
    rng = torch.Generator().manual_seed(0)
    image, kernels = torch.randn(1, 3, 6, 6, generator=rng), torch.randn(4, 3, 3, 3, generator=rng)
    maps = functional.conv2d(image, kernels)
    channels = [functional.conv2d(image[:, c : c + 1], kernels[:, c : c + 1]) for c in range(3)]
    assert maps.shape == (1, 4, 4, 4)
    torch.testing.assert_close(maps, channels[0] + channels[1] + channels[2])
