"""The classic networks, number by number: weights, names, sizes. Facts: systems.md, section 7."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine import build
from isinglass.machine.image.lenet import TABLE
from isinglass.machine.image.unet import UNet
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task, image_spec


def network(kind: str, channels: int = 3, side: int = 227, outputs: int = 1000, **settings: object) -> nn.Module:
    """Names and shapes alone: nothing is computed on the meta device."""
    shape = Shape(channels * side * side, outputs, spec=image_spec(channels, side, side))
    task = Task.SEGMENTATION if "unet" in kind else Task.CLASSIFICATION
    with torch.device("meta"):
        return build(MachineRecipe(kind=kind, **settings), shape, seed=0, task=task)


def weights(machine: nn.Module) -> int:
    return sum(p.numel() for p in machine.parameters())


@pytest.mark.parametrize(
    ("machine", "count", "keys"),
    [
        (network("cnn", 1, 28, 10), 421_642, 8),
        (network("lenet5", 1, 32, 10), 61_706, 10),
        (network("lenet5", 1, 28, 10), 61_706, 10),
        (network("lenet5_1998", 1, 32, 10), 60_000, 13),
        (network("alexnet"), 61_100_840, 16),
        (network("alexnet_2012"), 60_965_224, 16),
        (network("alexnet_2012", options={"groups": 1}), 62_378_344, 16),
        (network("googlenet"), 13_004_888, 364),
        (network("googlenet", options={"auxiliary": False}), 6_624_904, 344),
        (network("resnet18"), 11_689_512, 122),
        (network("resnet34"), 21_797_672, 218),
        (network("resnet50"), 25_557_032, 320),
        (network("resnet101"), 44_549_160, 626),
        (network("resnet152"), 60_192_808, 932),
        (network("cifar_resnet20", 3, 32, 10), 269_722, 116),
        (network("cifar_resnet56", 3, 32, 10), 853_018, 332),
        (network("cifar_resnet110", 3, 32, 10), 1_727_962, 656),
        (network("unet_2015", 1, 64, 2), 31_030_658, 46),
        (network("autoice_unet", 24, 64, 12 + 7 + 8), 491_723, 110),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else f"{value}",
)
def test_weights_and_number_of_names(machine: nn.Module, count: int, keys: int) -> None:
    assert (weights(machine), len(machine.state_dict())) == (count, keys)


@pytest.mark.parametrize("kind", ["alexnet", "googlenet", "resnet18", "resnet50"])
def test_names_shapes_and_types_are_those_of_published_files(kind: str, shared: Path) -> None:
    text = (shared.parent / "reference" / "torchvision_keys" / f"sd_{kind}.txt").read_text()
    own = [f"{name}\t{tuple(value.shape)}\t{value.dtype}" for name, value in network(kind).state_dict().items()]
    assert own == text.splitlines()


def test_shortcut_of_basic_blocks_only_where_the_shape_changes() -> None:
    shortcuts = {name.split(".downsample")[0] for name in network("resnet18").state_dict() if "downsample" in name}
    assert shortcuts == {"layer2.0", "layer3.0", "layer4.0"}
    assert "layer1.0.downsample.0.weight" in network("resnet50").state_dict()


def test_bottleneck_has_its_stride_in_the_middle() -> None:
    block = network("resnet50").get_submodule("layer2.0")
    assert [block.get_submodule(f"conv{i}").stride for i in (1, 2, 3)] == [(1, 1), (2, 2), (1, 1)]


def test_sparse_table_of_the_paper() -> None:
    assert sum(len(seen) for seen in TABLE) == 60
    assert [sum(i in seen for seen in TABLE) for i in range(6)] == [10] * 6
    layer = network("lenet5_1998", 1, 32, 10).get_submodule("features.3")
    assert weights(layer) == 1_516


def test_sparse_convolution_equals_one_map_after_the_other() -> None:
    from isinglass.machine.image.lenet import SparseConvolution

    torch.manual_seed(0)
    layer, x = SparseConvolution(TABLE).double(), torch.randn(2, 6, 14, 14, dtype=torch.float64)
    place, maps = 0, []
    for seen, bias in zip(TABLE, layer.bias, strict=True):
        kernel = layer.weight[place : place + len(seen)][None]
        maps.append(nn.functional.conv2d(x[:, seen], kernel) + bias)
        place += len(seen)
    torch.testing.assert_close(layer(x), torch.cat(maps, 1))


def test_auxiliary_heads_answer_in_training_alone() -> None:
    shape = Shape(3 * 32 * 32, 5, spec=image_spec(3, 32, 32))
    machine = build(MachineRecipe(kind="googlenet"), shape, seed=0, task=Task.CLASSIFICATION)
    x = torch.zeros(2, 3, 32, 32)
    assert [raw.shape for raw in machine.train()(x)] == [(2, 5)] * 3
    assert machine.eval()(x).shape == (2, 5)
    assert machine.auxiliary_weight == 0.3


def test_transformed_input_is_what_the_published_weights_expect() -> None:
    from isinglass.machine.image.googlenet import IMAGENET_MEAN, IMAGENET_STD

    shape = Shape(3 * 32 * 32, 5, spec=image_spec(3, 32, 32))
    plain, other = (
        build(MachineRecipe(kind="googlenet", options=o), shape, seed=0, task=Task.CLASSIFICATION).eval()
        for o in ({}, {"transform_input": True})
    )
    pixels = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    with torch.no_grad():
        torch.testing.assert_close(other((pixels - mean) / std), plain((pixels - 0.5) / 0.5))


def test_valid_convolutions_make_388_pixels_of_572() -> None:
    machine = network("unet_2015", 1, 64, 2)
    assert isinstance(machine, UNet)
    assert machine.maps(torch.empty(1, 1, 572, 572, device="meta")).shape == (1, 2, 388, 388)
    assert machine(torch.empty(1, 1, 389, 100, device="meta")).shape == (1, 2, 389, 100)


def test_valid_map_on_a_mirrored_border_equals_the_map_of_the_larger_image() -> None:
    shape = Shape(40 * 40, 2, spec=image_spec(1, 40, 40))
    recipe = MachineRecipe(kind="unet_2015", filters=(4, 6, 8))
    machine = build(recipe, shape, seed=0, task=Task.SEGMENTATION).eval()
    assert isinstance(machine, UNet)
    x = torch.randn(1, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        around = nn.functional.pad(x, (20, 20, 20, 20), mode="reflect")
        torch.testing.assert_close(machine(x), machine.maps(around)[..., :40, :40], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "image", "message"),
    [
        ("alexnet", (3, 32, 32), r"too small for 'alexnet': layer features\.\d+ \(pooling of 3x3\).*63x63 pixels or"),
        ("cnn", (1, 3, 3), r"layer features\.5 \(pooling of 2x2\) gets 1x1.*O = \(W - K \+ 2P\)/S \+ 1 = .*4x4"),
        ("unet", (3, 7, 50), r"layer pool.*8x8 pixels or more"),
        ("lenet5", (1, 33, 20), r"LeNet-5 sees 32x32.*size = \[32, 32\]"),
        ("fast", (3, 4, 4), r"too small for 'fast'.*body"),
        ("resnet18", None, r"does not suit the data.*'resnet18' for a table.*mlp"),
        ("resnet18", "masks", r"'resnet18' for masks.*unet"),
        ("resnet18", {"depth": 3}, r"unknown option of 'resnet18'.*no options"),
        ("cnn", {"pool": "mean"}, r"unknown pooling.*max, average, fractional, none"),
        ("cnn", {"kernel": 2.5}, r"machine.options.kernel.*2.5.*whole number"),
        ("cnn", {"groups": 5}, r"cannot be built.*divisible"),
        ("googlenet", (1, 64, 64), None),
    ],
)
def test_what_does_not_fit_is_told(kind: str, image: object, message: str | None) -> None:
    size = image if isinstance(image, tuple) else (3, 32, 32)
    shape = Shape(10, 3) if image is None else Shape(size[0] * size[1] * size[2], 3, spec=image_spec(*size))
    recipe = MachineRecipe(kind=kind, options=image if isinstance(image, dict) else {})
    task = Task.SEGMENTATION if image == "masks" or kind == "unet" else Task.CLASSIFICATION
    if message is None:
        assert build(recipe, shape, seed=0, task=task)
        return
    with pytest.raises(MachineError, match=message):
        build(recipe, shape, seed=0, task=task)
