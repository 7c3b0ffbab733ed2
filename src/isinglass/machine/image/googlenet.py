"""GoogLeNet: nine inception blocks, and two auxiliary heads that help the lower layers to learn."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.machine.blocks import Inception
from isinglass.machine.blocks.inception import Unit
from isinglass.machine.initialization import seeded
from isinglass.machine.layers import Dropout
from isinglass.machine.options import read_options
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape
from isinglass.tensors import constant

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
"""Of red, green and blue in 0 .. 1: what inputs of weights for ImageNet are scaled by. Reference: torchvision."""
BLOCKS = {
    "inception3a": (192, 64, (96, 128), (16, 32), 32),
    "inception3b": (256, 128, (128, 192), (32, 96), 64),
    "inception4a": (480, 192, (96, 208), (16, 48), 64),
    "inception4b": (512, 160, (112, 224), (24, 64), 64),
    "inception4c": (512, 128, (128, 256), (24, 64), 64),
    "inception4d": (512, 112, (144, 288), (32, 64), 64),
    "inception4e": (528, 256, (160, 320), (32, 128), 128),
    "inception5a": (832, 256, (160, 320), (32, 128), 128),
    "inception5b": (832, 384, (192, 384), (48, 128), 128),
}
"""Channels in, of the 1x1 way, the 3x3 way, the third way and after pooling: table 1 of the paper."""


@dataclass(frozen=True)
class GoogLeNetOptions:
    """What `machine.options` may set.

    Args:
        auxiliary: the two auxiliary heads; they answer in training only.
        auxiliary_weight: of their losses.
        transform_input: inputs scaled by ImageNet's mean and spread are brought to (x - 0.5) / 0.5, which the weights
            in circulation expect.
    """

    auxiliary: bool = True
    auxiliary_weight: float = 0.3
    transform_input: bool = False


class Auxiliary(nn.Module):
    """Mean over 4x4 regions, 1x1 convolution, two dense layers.

    Args:
        inputs: channels.
        outputs: raw outputs.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(4)
        self.conv = Unit(inputs, 128, kernel=1)
        self.fc1 = nn.Linear(2048, 1024)
        self.dropout = Dropout(0.7)
        self.fc2 = nn.Linear(1024, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> raw `[batch, width]`."""
        return self.fc2(self.dropout(self.fc1(self.conv(self.pool(x)).flatten(1)).relu()))


class GoogLeNet(nn.Module):
    """Names and sizes as in torchvision: with batch normalization, and 3x3 where the paper has 5x5.

    Args:
        channels: of the input.
        outputs: raw outputs.
        options: see `GoogLeNetOptions`.
        dropout: before the head.

    Reference: Szegedy et al. (2015), Going deeper with convolutions, doi:10.1109/CVPR.2015.7298594.
    """

    stages = (
        ("conv1",),
        ("conv2", "conv3"),
        ("inception3a", "inception3b"),
        ("inception4a", "inception4b", "inception4c", "inception4d", "inception4e", "aux1"),
        ("inception5a", "inception5b", "aux2"),
        ("fc",),
    )
    head = "fc"
    heads = ("fc", "aux1.fc2", "aux2.fc2")

    def __init__(self, channels: int, outputs: int, *, options: GoogLeNetOptions, dropout: float = 0.2) -> None:
        super().__init__()
        if options.transform_input and channels != 3:
            raise MachineError(
                "the input is transformed for red, green and blue alone",
                where="machine.options.transform_input",
                given=f"{channels} channels",
            )
        self.auxiliary_weight, self.transform_input = options.auxiliary_weight, options.transform_input
        self.conv1 = Unit(channels, 64, kernel=7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.conv2 = Unit(64, 64, kernel=1)
        self.conv3 = Unit(64, 192, kernel=3, padding=1)
        self.maxpool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        for name, (inputs, one, three, five, pooled) in BLOCKS.items():
            self.add_module(name, Inception(inputs, one, three=three, five=five, pooled=pooled))
        self.maxpool3 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.maxpool4 = nn.MaxPool2d(2, 2, ceil_mode=True)
        self.aux1 = Auxiliary(512, outputs) if options.auxiliary else None
        self.aux2 = Auxiliary(528, outputs) if options.auxiliary else None
        self.dropout = Dropout(dropout)
        self.fc = nn.Linear(1024, outputs)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """x `[batch, channel, height, width]` -> raw `[batch, width]`; in training (raw, auxiliary, auxiliary)."""
        x = _transformed(x) if self.transform_input else x
        x = self.maxpool2(self.conv3(self.conv2(self.maxpool1(self.conv1(x)))))
        x = self.maxpool3(self._through(x, "3a", "3b"))
        first = self._through(x, "4a")
        second = self._through(first, "4b", "4c", "4d")
        x = self._through(self.maxpool4(self._through(second, "4e")), "5a", "5b")
        raw = self.fc(self.dropout(x.mean((2, 3))))
        if self.training and self.aux1 is not None and self.aux2 is not None:
            return raw, self.aux1(first), self.aux2(second)
        return raw

    def _through(self, x: Tensor, *blocks: str) -> Tensor:
        for block in blocks:
            x = self.get_submodule(f"inception{block}")(x)
        return x


def googlenet(recipe: MachineRecipe, shape: Shape, *, seed: int) -> GoogLeNet:
    """13,004,888 weights with the auxiliary heads for three channels and 1,000 classes, 6,624,904 without.

    Initial weights N(0, 0.01^2), cut at two standard deviations, as in torchvision.
    """
    options = read_options(recipe, GoogLeNetOptions)
    with seeded(seed):
        machine = GoogLeNet(shape.sizes[0], shape.outputs, options=options, dropout=float(recipe.dropout))
        for layer in machine.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.trunc_normal_(layer.weight, std=0.01, a=-0.02, b=0.02)
    return machine


def _transformed(x: Tensor) -> Tensor:
    """x std / 0.5 + (mean - 0.5) / 0.5, channel by channel."""
    mean, std = (constant(v, x.dtype, x.device)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    return x * (std / 0.5) + (mean - 0.5) / 0.5
