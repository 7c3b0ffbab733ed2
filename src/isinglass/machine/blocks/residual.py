"""Residual blocks of convolutions: y = relu(shortcut(x) + inner(x)).

Reference: He et al. (2016), Deep residual learning for image recognition, doi:10.1109/CVPR.2016.90.
"""

from __future__ import annotations

from torch import Tensor, nn

from isinglass.machine.blocks.dropout import path


class BasicBlock(nn.Module):
    """Two 3x3 convolutions; names as in torchvision.

    Args:
        inputs: channels in.
        planes: channels of both convolutions.
        stride: of the first one, and of the shortcut.
        drop_path: probability that the inner part is skipped in training.
    """

    expansion = 1

    def __init__(self, inputs: int, planes: int, *, stride: int = 1, drop_path: float = 0.0) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = _shortcut(inputs, planes, stride)
        self.path = path(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, inputs, height, width]` -> `[batch, planes, height / stride, width / stride]`."""
        inner = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (self.path(inner) + (x if self.downsample is None else self.downsample(x))).relu()


class Bottleneck(nn.Module):
    """1x1 to fewer channels, 3x3 (with the stride, as in torchvision's 'v1.5'), 1x1 to four times as many.

    Args as in `BasicBlock`; the block has 4 planes channels out.
    """

    expansion = 4

    def __init__(self, inputs: int, planes: int, *, stride: int = 1, drop_path: float = 0.0) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.downsample = _shortcut(inputs, 4 * planes, stride)
        self.path = path(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, inputs, height, width]` -> `[batch, 4 planes, height / stride, width / stride]`."""
        inner = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()
        inner = self.bn3(self.conv3(inner))
        return (self.path(inner) + (x if self.downsample is None else self.downsample(x))).relu()


class ResidualBlock(nn.Module):
    """y = relu(shortcut(x) + inner(x)) for any layers `inner`; a 1x1 convolution as shortcut where channels change.

    Args:
        inner: layers that keep height and width.
        inputs, outputs: channels.
        drop_path: probability that the inner part is skipped in training.
    """

    def __init__(self, inner: nn.Module, inputs: int, outputs: int, *, drop_path: float = 0.0) -> None:
        super().__init__()
        self.inner = inner
        self.shortcut = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1, bias=False)
        self.path = path(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, inputs, height, width]` -> `[batch, outputs, height, width]`."""
        return (self.shortcut(x) + self.path(self.inner(x))).relu()


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential | None:
    if inputs == outputs and stride == 1:
        return None
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))
