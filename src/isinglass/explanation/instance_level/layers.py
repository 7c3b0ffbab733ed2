"""Inside one network: feature maps of a layer, its filters, and what one unit of a map looks at."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn

from isinglass.errors import UsageError
from isinglass.explanation.instance_level.network import Network, captured, chosen, maps_of

Unit = tuple[int, int, int]
"""Channel, row and column of a feature map, counted from 0."""


def unit(network: Network, *, seed: int = 0, layer: str = "", unit: Unit | None = None) -> Tensor:
    """The gradient of one value of a feature map with respect to the sample, in units of the scaled inputs.

    It is zero beyond the unit's receptive field.

    Args:
        network: see `Network`.
        seed: not used.
        layer: whose maps; empty: those of the first convolution.
        unit: which value; None: the largest of the middle channel's map.

    Returns:
        `[channel, height, width]`.

    Raises:
        UsageError: no such layer, or no such unit in its maps.
    """
    layer, place = unit_of(network, layer, unit)
    slope = network.gradient(network.sample, partial(_value, network, layer, place))
    return (slope * network.unit)[0]


def unit_of(network: Network, layer: str = "", unit: Unit | None = None) -> tuple[str, Unit]:
    """Which layer and unit are meant where nothing, or not all, is said. Raises UsageError where there is none."""
    name = layer_of(network, layer)
    maps = feature_maps(network, layer=name)
    return name, _largest(maps) if unit is None else _inside(unit, maps, name)


def _value(network: Network, layer: str, place: Unit, x: Tensor) -> Tensor:
    with captured(network.machine, grad=True) as seen:
        network(x)
    return seen[layer][(slice(None), *place)]


def feature_maps(network: Network, *, seed: int = 0, layer: str = "") -> Tensor:
    """What a layer makes of the sample: `[map, height, width]`; empty: the first convolution."""
    with captured(network.machine) as seen, torch.no_grad():
        network(network.sample)
    name = layer or first_maps(network)
    return maps_of(seen)[chosen(maps_of(seen), name, what="feature maps")][0]


def filters(network: Network, *, seed: int = 0, layer: str = "") -> Tensor:
    """The kernels of a convolution, `[filter, channel, height, width]`; empty: the first one."""
    kernels = {name: module for name, module in network.machine.named_modules() if isinstance(module, nn.Conv2d)}
    if not kernels:
        raise UsageError("the network has no convolution", instead="--method saliency")
    return kernels[chosen(list(kernels), layer or next(iter(kernels)), what="kernels")].weight.detach()


def layer_of(network: Network, layer: str) -> str:
    """The name, the first convolution's where it is empty. Raises UsageError where there are no such maps."""
    if not layer:
        return first_maps(network)
    with captured(network.machine) as seen, torch.no_grad():
        network(network.sample)
    return chosen(maps_of(seen), layer, what="feature maps")


def first_maps(network: Network) -> str:
    """The name of the first convolution. Raises UsageError where there is none."""
    found = (name for name, module in network.machine.named_modules() if isinstance(module, nn.Conv2d))
    name = next(found, "")
    if not name:
        raise UsageError("the network has no convolution", instead="--method saliency")
    return name


def _largest(maps: Tensor) -> Unit:
    channel = maps.shape[0] // 2
    place = int(maps[channel].argmax())
    return channel, place // maps.shape[2], place % maps.shape[2]


def _inside(place: Unit, maps: Tensor, layer: str) -> Unit:
    if not all(0 <= at < size for at, size in zip(place, maps.shape, strict=True)):
        raise UsageError(
            "no such unit",
            where=layer,
            given=",".join(map(str, place)),
            allowed="channel 0..{}, row 0..{}, column 0..{}".format(*(size - 1 for size in maps.shape)),
        )
    return place
