"""The inception block: four ways through a layer at once, joined along the channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Unit(nn.Module):
    """Convolution without bias, batch normalization (epsilon 0.001), ReLU.

    Args:
        inputs, outputs: channels.
        kernel, stride, padding: of the convolution.
    """

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> `[batch, channel, height, width]`."""
        return self.bn(self.conv(x)).relu()


class Inception(nn.Module):
    """[1x1, 1x1 then 3x3, 1x1 then 3x3, pooling then 1x1], side by side.

    The third way has a 3x3 kernel where the paper has 5x5: so have the weights that are in circulation
    (pytorch/vision, issue 906).

    Args:
        inputs: channels in.
        one: channels of the 1x1 way.
        three: channels of the second way's 1x1 and 3x3.
        five: channels of the third way's two convolutions.
        pooled: channels after pooling.

    Reference: Szegedy et al. (2015), Going deeper with convolutions, doi:10.1109/CVPR.2015.7298594.
    """

    def __init__(self, inputs: int, one: int, *, three: tuple[int, int], five: tuple[int, int], pooled: int) -> None:
        super().__init__()
        self.branch1 = Unit(inputs, one, kernel=1)
        self.branch2 = self._way(inputs, three)
        self.branch3 = self._way(inputs, five)
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), Unit(inputs, pooled, kernel=1))

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> `[batch, sum of the ways' channels, height, width]`."""
        return torch.cat((self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)), 1)

    @staticmethod
    def _way(inputs: int, widths: tuple[int, int]) -> nn.Sequential:
        return nn.Sequential(Unit(inputs, widths[0], kernel=1), Unit(widths[0], widths[1], kernel=3, padding=1))
