"""Squeeze and excite: weights for feature maps, from what all pixels together say."""

from __future__ import annotations

from torch import Tensor, nn


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
