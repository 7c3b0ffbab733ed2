"""Blocks over channels: the largest of several, weights for all, and two sets of feature maps joined."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from isinglass.errors import MachineError


class ChannelMaxout(nn.Module):
    """Each feature map is the largest of several: piece k of map u is input channel `u * pieces + k`.

    Args:
        pieces: input channels a map, at least 2.

    Reference: Goodfellow et al. (2013), Maxout networks, arXiv:1302.4389.
    """

    def __init__(self, pieces: int = 2) -> None:
        super().__init__()
        if pieces < 2:
            raise MachineError("a maxout map has two pieces or more", given=pieces, instead="maxout(2)")
        self.pieces = pieces

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel * piece, height, width]` -> `[batch, channel, height, width]`."""
        return x.unflatten(1, (-1, self.pieces)).amax(2)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"pieces={self.pieces}"


class SqueezeExcite(nn.Module):
    """y = x * sigmoid(W2 relu(W1 mean of x over pixels)), one factor a feature map.

    Args:
        channels: feature maps.
        reduction: the inner layer has channels / reduction units, four at least.

    Reference: Hu, Shen and Sun (2018), Squeeze-and-excitation networks, doi:10.1109/CVPR.2018.00745.
    """

    def __init__(self, channels: int, *, reduction: int = 16) -> None:
        super().__init__()
        inner = max(4, channels // reduction)
        self.fc1 = nn.Linear(channels, inner)
        self.fc2 = nn.Linear(inner, channels)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> the same shape."""
        factor = self.fc2(self.fc1(x.mean((2, 3))).relu()).sigmoid()
        return x * factor[..., None, None]


def concatenate(x: Tensor, skip: Tensor) -> Tensor:
    """`[x, skip]` along the channels, at a common size.

    A larger skip is cut to x in its middle, as between 'valid' convolutions; where x lacks one row or column, because
    pooling rounded an odd size down, x is padded with zeros at its end.

    Args:
        x: `[batch, channel, height, width]`.
        skip: `[batch, other channel, other height, other width]`.
    """
    height, width = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
    if 0 <= height <= 1 and 0 <= width <= 1:
        x = functional.pad(x, (0, width, 0, height)) if height or width else x
    else:
        skip = skip[..., height // 2 : height // 2 + x.shape[2], width // 2 : width // 2 + x.shape[3]]
    return torch.cat((x, skip), 1)
