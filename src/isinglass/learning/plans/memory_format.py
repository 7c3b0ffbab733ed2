"""A network of images in the order and layout that a processor is quickest with; the same numbers.

As maxpool(relu(x)) = relu(maxpool(x)), gradients included, a rectifier directly before a pooling acts after it, on a
quarter of the values. And images of one channel are laid out as if they had several: torch takes such a tensor for
"channels first" otherwise, where its maximum pooling takes five times as long (33 ms instead of 6.7 ms for 256 x 32
maps of 28x28 pixels on one AMD core with AVX-512).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

POOLS = (nn.MaxPool2d, nn.AdaptiveMaxPool2d)


def quicken(machine: nn.Module) -> nn.Module:
    """The machine itself, with each rectifier before a maximum pooling behind it. Neither has parameters: all names
    that matter stay."""
    for parent in machine.modules():
        if type(parent) is nn.Sequential:
            for (first, relu), (second, pool) in pairwise(list(parent.named_children())):
                if type(relu) is nn.ReLU and type(pool) in POOLS and not getattr(pool, "return_indices", False):
                    setattr(parent, first, pool)
                    setattr(parent, second, relu)
    return machine


def channels_last(images: Tensor) -> Tensor:
    """`[batch, channel, height, width]` with neighbouring channels, also where there is one."""
    images = images.contiguous(memory_format=torch.channels_last)
    if images.shape[1] > 1:
        return images
    height, width = images.shape[2:]
    return images.as_strided(images.shape, (height * width, 1, width, 1))
