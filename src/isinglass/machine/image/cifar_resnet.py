"""Residual networks for small images: 6n + 2 layers, and shortcuts without weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn
from torch.nn import functional

from isinglass.machine.blocks.dropout import path
from isinglass.machine.image.resnet import growing
from isinglass.machine.initialization import he_, seeded
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape

PLANES = (16, 32, 64)


class PlainShortcut(nn.Module):
    """Option A of the paper: every second pixel, and zeros for the channels that are new, half of them on each side.

    Args:
        new: channels that are new.
        stride: 2 where the block halves the size.
    """

    def __init__(self, new: int, stride: int) -> None:
        super().__init__()
        self.new, self.stride = new, stride

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> `[batch, channel + new, height / stride, width / stride]`."""
        half = self.new // 2
        return functional.pad(x[..., :: self.stride, :: self.stride], (0, 0, 0, 0, half, self.new - half))


class CifarBlock(nn.Module):
    """relu(shortcut(x) + two 3x3 convolutions with batch normalization).

    Args:
        inputs, planes: channels in and out.
        stride: of the first convolution and the shortcut.
        drop_path: probability that the convolutions are skipped in training.
    """

    def __init__(self, inputs: int, planes: int, *, stride: int, drop_path: float) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        same = inputs == planes and stride == 1
        self.shortcut = nn.Identity() if same else PlainShortcut(planes - inputs, stride)
        self.path = path(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, inputs, height, width]` -> `[batch, planes, height / stride, width / stride]`."""
        inner = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (self.path(inner) + self.shortcut(x)).relu()


class CifarResNet(nn.Module):
    """A 3x3 convolution, three stages of blocks with 16, 32 and 64 planes, the mean, one dense layer.

    Names as in the weights of github.com/akamaster/pytorch_resnet_cifar10.

    Args:
        channels: of the input.
        outputs: raw outputs.
        depth: blocks of each stage.
        drop_path: probability that the last block is skipped in training; of earlier ones in proportion.

    Reference: He et al. (2016), section 4.2, doi:10.1109/CVPR.2016.90.
    """

    stages = (("conv1", "bn1"), ("layer1",), ("layer2",), ("layer3",), ("linear",))
    head = "linear"

    def __init__(self, channels: int, outputs: int, *, depth: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        rates = iter(growing(drop_path, 3 * depth))
        width = 16
        for number, planes in enumerate(PLANES):
            blocks = []
            for place in range(depth):
                stride = 2 if number > 0 and place == 0 else 1
                blocks.append(CifarBlock(width, planes, stride=stride, drop_path=next(rates)))
                width = planes
            self.add_module(f"layer{number + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(width, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> raw `[batch, width]`."""
        x = self.bn1(self.conv1(x)).relu()
        for number in range(1, 4):
            x = self.get_submodule(f"layer{number}")(x)
        return self.linear(x.mean((2, 3)))


def _cifar_resnet(recipe: MachineRecipe, shape: Shape, *, seed: int, depth: int) -> CifarResNet:
    with seeded(seed):
        machine = CifarResNet(shape.sizes[0], shape.outputs, depth=depth, drop_path=recipe.drop_path)
        he_(machine)
    return machine


CIFAR_RESNETS: dict[str, Callable[..., nn.Module]] = {
    "cifar_resnet20": partial(_cifar_resnet, depth=3),
    "cifar_resnet56": partial(_cifar_resnet, depth=9),
    "cifar_resnet110": partial(_cifar_resnet, depth=18),
}
"""For ten classes 269,722, 853,018 and 1,727,962 weights."""
