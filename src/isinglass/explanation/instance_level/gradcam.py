"""Grad-CAM: which places of a layer's feature maps speak for the class.

a_c = mean over places of d score / d A_c,     map = ReLU(sum over c of a_c A_c), resized to the image

The score is taken before softmax or sigmoid. Reference: Selvaraju et al. (2017), Grad-CAM, arXiv:1610.02391; for masks
Vinogradova, Dibrov and Myers (2020), Towards interpretable semantic segmentation, arXiv:2002.11434.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from isinglass.errors import UsageError
from isinglass.explanation.instance_level.network import Network, captured, chosen, maps_of


def gradcam(network: Network, *, seed: int = 0, layer: str = "") -> Tensor:
    """`[height, width]`, 0 and more, in the score's unit.

    Args:
        network: see `Network`.
        seed: not used.
        layer: whose maps; empty: see `last_maps`.
    """
    x = network.sample.detach().requires_grad_(True)
    with captured(network.machine, grad=True) as seen, torch.enable_grad():
        score = network(x).sum()
    maps = maps_of(seen)
    name = chosen(maps, layer or last_maps(network.machine, maps), what="feature maps")
    (slope,) = torch.autograd.grad(score, maps[name], allow_unused=True)
    if slope is None:
        raise UsageError("the answer does not depend on this layer", given=name, allowed=list(maps))
    weight = slope.mean(dim=(2, 3), keepdim=True)
    found = (weight * maps[name]).sum(dim=1, keepdim=True).relu().detach()
    return functional.interpolate(found, x.shape[2:], mode="bilinear", align_corners=False)[0, 0]


def cam_layer(network: Network, layer: str = "") -> str:
    """The layer that is looked at where none, or this one, is named."""
    with captured(network.machine) as seen, torch.no_grad():
        network(network.sample)
    maps = maps_of(seen)
    return chosen(maps, layer or last_maps(network.machine, maps), what="feature maps")


def last_maps(machine: nn.Module, maps: dict[str, Tensor]) -> str:
    """The layer that Grad-CAM looks at unless told otherwise.

    The last convolution with what follows it before the next pooling: normalization, activation, the sum of a residual
    block. Of a network that gives masks, whose last maps are the answer itself: the same for the smallest maps.

    Raises:
        UsageError: the network has no convolution.
    """
    places = list(maps)
    convolutions = [name for name in places if isinstance(machine.get_submodule(name), nn.Conv2d)]
    if not convolutions:
        raise UsageError("the network has no convolution to look at", instead="--method saliency")
    smallest = min(maps[name].shape[2:].numel() for name in convolutions)
    masks = maps[convolutions[-1]].shape[2:].numel() > smallest
    last = (
        [name for name in convolutions if maps[name].shape[2:].numel() == smallest][-1] if masks else convolutions[-1]
    )
    after = places[places.index(last) :]
    for previous, name in pairwise(after):
        if maps[name].shape != maps[last].shape:
            return previous
    return after[-1]
