"""The convolutional network of the lectures: convolutions with pooling, then dense layers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import nn

from isinglass.errors import MachineError
from isinglass.machine.activations import activation, parse
from isinglass.machine.blocks import Chain, ChannelMaxout, Dropout2d, ResidualBlock, SqueezeExcite, pooling
from isinglass.machine.image.shape_check import fitted
from isinglass.machine.initialization import he_, seeded
from isinglass.machine.layers import Dropout
from isinglass.machine.options import read_options
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


@dataclass(frozen=True)
class CnnOptions:
    """What `machine.options` may set.

    Args:
        kernel: pixels a side.
        stride: of every convolution.
        padding: pixels of zeros around the maps; -1: as many as keep the size at stride 1.
        dilation: distance of the kernel's taps.
        groups: of channels that do not see each other; all must be divisible by it.
        pool: "max", "average", "fractional" or "none".
        squeeze: squeeze and excite after every stage.
        drop_maps: probability that a feature map is dropped.
        norm_groups: with `normalization = "layer"`, in how many groups channels are normalized.
        norm_first: normalization before the activation, or after it.
    """

    kernel: int = 3
    stride: int = 1
    padding: int = -1
    dilation: int = 1
    groups: int = 1
    pool: str = "max"
    squeeze: bool = False
    drop_maps: float = 0.0
    norm_groups: int = 1
    norm_first: bool = True


def cnn(recipe: MachineRecipe, shape: Shape, *, seed: int) -> Chain:
    """For every filter count a convolution, normalization, activation and pooling; then the dense layers of
    `recipe.hidden`, with dropout after each; then one dense layer to the raw outputs.

    With filters 32 and 64 and 128 dense units, on 28x28 pixels: 421,642 weights for ten classes. Where
    `recipe.residual` is set, every stage is relu(shortcut(x) + normalization(convolution(x))).

    Raises:
        MachineError: for an option that does not fit, or an image too small for the stages.
    """
    options = read_options(recipe, CnnOptions)
    with seeded(seed):
        channels, layers = shape.sizes[0], []
        for filters in recipe.filters:
            layers += _stage(recipe, options, channels, int(filters))
            channels = int(filters)
        features = nn.Sequential(*layers)
        width = math.prod(fitted(features, shape.sizes, kind=recipe.kind, prefix="features."))
        machine = Chain(features, dense_layers(recipe, width, shape.outputs))
        he_(machine)
    return machine


def dense_layers(recipe: MachineRecipe, inputs: int, outputs: int) -> nn.Sequential:
    """Dense layers with activation and dropout, then the head."""
    layers: list[nn.Module] = []
    for units in recipe.hidden:
        act = activation(recipe.activation)
        layers += [nn.Linear(inputs, int(units) * getattr(act, "pieces", 1)), act]
        layers += [Dropout(float(recipe.dropout))] if recipe.dropout else []
        inputs = int(units)
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


def normalization(kind: str, channels: int, *, groups: int = 1) -> list[nn.Module]:
    """The layers of `machine.normalization`: batch normalization, group normalization ('layer'), or none."""
    if kind == "layer" and channels % groups:
        raise MachineError(
            "the channels cannot be divided into the groups of the normalization",
            where="machine.options.norm_groups",
            given=f"{groups} groups of {channels} channels",
            instead=f"norm_groups = {math.gcd(channels, groups)}",
        )
    match kind:
        case "batch":
            return [nn.BatchNorm2d(channels)]
        case "layer":
            return [nn.GroupNorm(groups, channels)]
        case _:
            return []


def map_activation(name: str) -> nn.Module:
    """An activation of feature maps: maxout takes its pieces from neighbouring channels, softmax runs over channels."""
    base, number = parse(name)
    if base == "maxout":
        return ChannelMaxout(int(number or 2))
    return nn.Softmax(dim=1) if base == "softmax" else activation(name)


def _stage(recipe: MachineRecipe, options: CnnOptions, inputs: int, filters: int) -> list[nn.Module]:
    act = map_activation(recipe.activation)
    if recipe.residual:
        inner = [_convolution(options, inputs, filters), *_norm(recipe, options, filters)]
        block: list[nn.Module] = [ResidualBlock(nn.Sequential(*inner), inputs, filters, drop_path=recipe.drop_path)]
    else:
        wide = filters * getattr(act, "pieces", 1)
        norm = _norm(recipe, options, wide if options.norm_first else filters)
        after = [*norm, act] if options.norm_first else [act, *norm]
        block = [_convolution(options, inputs, wide), *after]
    block += [SqueezeExcite(filters)] if options.squeeze else []
    block += [Dropout2d(options.drop_maps)] if options.drop_maps else []
    return block + pooling(options.pool)


def _norm(recipe: MachineRecipe, options: CnnOptions, channels: int) -> list[nn.Module]:
    return normalization(recipe.normalization, channels, groups=options.norm_groups)


def _convolution(options: CnnOptions, inputs: int, outputs: int) -> nn.Conv2d:
    same = options.dilation * (options.kernel - 1) // 2
    try:
        return nn.Conv2d(
            inputs,
            outputs,
            options.kernel,
            stride=options.stride,
            padding=same if options.padding < 0 else options.padding,
            dilation=options.dilation,
            groups=options.groups,
        )
    except (ValueError, RuntimeError) as error:
        given = f"{inputs} to {outputs} channels with {options}"
        raise MachineError(
            f"such a convolution cannot be built: {error}", where="machine.options", given=given
        ) from None
