"""U-Net: down to few pixels with many channels and up again, each level joined with its own way down."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.machine.blocks import Dropout2d, concatenate
from isinglass.machine.image.cnn import map_activation, normalization
from isinglass.machine.initialization import he_, seeded
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


@dataclass(frozen=True)
class Form:
    """How one kind of U-Net differs from another.

    Args:
        filters: channels of each level, the lowest last.
        padded: convolutions that keep the size; else 'valid' ones on a mirrored border.
        normalization: "batch", "layer" or "none", after every convolution.
        bilinear: up-sampling by interpolation, else by transposed convolutions that halve the channels.
        activation: after every convolution.
        drop_maps: probability that a feature map of the lowest level is dropped.
    """

    filters: tuple[int, ...]
    padded: bool = True
    normalization: str = "batch"
    bilinear: bool = False
    activation: str = "relu"
    drop_maps: float = 0.0


class UNet(nn.Module):
    """Levels of two 3x3 convolutions: maximum pooling on the way down, up-sampling and skip connections on the way up.

    Args:
        channels: of the input.
        outputs: of the map that comes out: the classes of all heads together.
        form: see `Form`.

    Reference: Ronneberger, Fischer and Brox (2015), U-Net, doi:10.1007/978-3-319-24574-4_28.
    """

    def __init__(self, channels: int, outputs: int, form: Form) -> None:
        super().__init__()
        self.padded = form.padded
        widths = (channels, *form.filters)
        pairs = list(itertools.pairwise(widths))
        self.down = nn.ModuleList(_double(a, b, form) for a, b in pairs)
        self.pool = nn.MaxPool2d(2)
        self.drop = Dropout2d(form.drop_maps) if form.drop_maps else nn.Identity()
        rises = [(below, level) for level, below in reversed(pairs[1:])]
        self.rise = nn.ModuleList(_rise(below, level, form) for below, level in rises)
        self.up = nn.ModuleList(
            _double((below if form.bilinear else level) + level, level, form) for below, level in rises
        )
        self.classify = nn.Conv2d(form.filters[0], outputs, 1)
        downs = tuple((f"down.{i}",) for i in range(len(self.down)))
        self.stages = (*downs, *((f"rise.{i}", f"up.{i}") for i in range(len(self.up))), ("classify",))
        self.head = "classify"

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> raw `[batch, out, height, width]`."""
        if self.padded:
            return self.maps(x)
        height, width = x.shape[2:]
        tall, wide = (self._enough(size) for size in (height, width))
        y = self.maps(mirrored(x, tall, wide))
        top, left = (y.shape[2] - height) // 2, (y.shape[3] - width) // 2
        return y[..., top : top + height, left : left + width]

    def maps(self, x: Tensor) -> Tensor:
        """The convolutions alone: where they are 'valid', the output is smaller, 388 pixels for 572."""
        skips: list[Tensor] = []
        for level, convolutions in enumerate(self.down):
            x = convolutions(self.pool(x) if level else x)
            skips.append(x)
        x = self.drop(x)
        for rise, convolutions, skip in zip(self.rise, self.up, reversed(skips[:-1]), strict=True):
            x = convolutions(concatenate(rise(x), skip))
        return self.classify(x)

    def _enough(self, size: int) -> int:
        """The smallest input of 'valid' convolutions, at every level even, whose output has `size` pixels or more."""
        below, levels = 1, len(self.up)
        while 2**levels * below - 4 * (2**levels - 1) < size:
            below += 1
        return 2**levels * (below + 4) + 4 * (2**levels - 1)


def mirrored(x: Tensor, height: int, width: int) -> Tensor:
    """The image in the middle of a larger one, continued by its mirror images.

    x `[batch, channel, h, w]` -> `[batch, channel, height, width]`; the border pixel itself is not repeated.
    """
    rows = _mirror(x.shape[2], height, x.device)
    columns = _mirror(x.shape[3], width, x.device)
    return x.index_select(2, rows).index_select(3, columns)


def _mirror(size: int, wanted: int, device: torch.device) -> Tensor:
    period = max(1, 2 * (size - 1))
    place = (torch.arange(wanted, device=device) - (wanted - size) // 2) % period
    return torch.minimum(place, period - place) if size > 1 else torch.zeros_like(place)


def unet(recipe: MachineRecipe, shape: Shape, *, seed: int) -> UNet:
    """Padded, with batch normalization and transposed convolutions, for images of any size.

    Channels of the levels are `recipe.filters`, the lowest last; `recipe.dropout` drops feature maps there.
    """
    norm = "layer" if recipe.normalization == "layer" else "batch"
    form = Form(_filters(recipe), normalization=norm, activation=recipe.activation, drop_maps=float(recipe.dropout))
    return _made(shape, form, seed)


def unet_2015(recipe: MachineRecipe, shape: Shape, *, seed: int) -> UNet:
    """As in the paper: 'valid' convolutions without normalization, 64 to 1024 channels: 31,030,658 weights for one
    channel and two classes. The input is continued by its mirror images, so that the map has the image's size."""
    return _made(shape, Form(_filters(recipe), padded=False, normalization="none"), seed)


def autoice_unet(recipe: MachineRecipe, shape: Shape, *, seed: int) -> UNet:
    """The baseline of the AI4Arctic sea-ice challenge: filters, a bridge as wide as the last, bilinear up-sampling.

    Its three heads (ice concentration, stage of development, floe size) are one 1x1 convolution here, whose output
    channels are the classes of all heads together: the same function. 491,723 weights for 24 channels and 12, 7 and 8
    classes. Reference: Stokholm et al. (2024), doi:10.5194/tc-18-3471-2024; code astokholm/AI4ArcticSeaIceChallenge.
    """
    filters = _filters(recipe)
    return _made(shape, Form((*filters, filters[-1]), bilinear=True), seed)


def _made(shape: Shape, form: Form, seed: int) -> UNet:
    with seeded(seed):
        machine = UNet(shape.sizes[0], shape.outputs, form)
        he_(machine)
    return machine


def _filters(recipe: MachineRecipe) -> tuple[int, ...]:
    filters = tuple(int(f) for f in recipe.filters)
    if len(filters) < 2:
        cure = "filters = [16, 32, 64, 64]"
        raise MachineError("a U-Net has two levels or more", where="machine.filters", given=list(filters), instead=cure)
    return filters


def _double(inputs: int, outputs: int, form: Form) -> nn.Sequential:
    return nn.Sequential(*_convolution(inputs, outputs, form), *_convolution(outputs, outputs, form))


def _convolution(inputs: int, outputs: int, form: Form) -> list[nn.Module]:
    act = map_activation(form.activation)
    wide = outputs * getattr(act, "pieces", 1)
    norm = normalization(form.normalization, wide)
    return [nn.Conv2d(inputs, wide, 3, padding=1 if form.padded else 0, bias=not norm), *norm, act]


def _rise(below: int, level: int, form: Form) -> nn.Module:
    if form.bilinear:
        return nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    return nn.ConvTranspose2d(below, level, 2, stride=2)
