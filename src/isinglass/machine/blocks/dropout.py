"""Dropout of whole feature maps, and of whole blocks. Masks are keyed as in `machine.layers.dropout`.

Both hold a `Dropout` layer, which every training plan knows how to give the member's key of a step.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from isinglass.machine.layers import Dropout


class Dropout2d(nn.Module):
    """Drops feature maps, all pixels of one together, and multiplies the others by 1 / (1 - p), in training mode.

    Neighbouring pixels of a map are so alike that dropping single ones takes little away.

    Args:
        p: probability that a map is dropped.

    Reference: Tompson et al. (2015), Efficient object localization, doi:10.1109/CVPR.2015.7298664.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.drop = Dropout(p)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> the same shape."""
        if not self.training:
            return x
        return x * self.drop(torch.ones(x.shape[:2], dtype=x.dtype, device=x.device))[..., None, None]


class DropPath(nn.Module):
    """Stochastic depth: drops a residual block's inner part for some samples of a batch, in training mode.

    y = shortcut + b / (1 - p) * inner, b = 0 with probability p, for each sample by itself.

    Args:
        p: probability that the block is skipped.

    Reference: Huang et al. (2016), Deep networks with stochastic depth, doi:10.1007/978-3-319-46493-0_39.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.drop = Dropout(p)

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, ...]` -> the same shape."""
        if not self.training:
            return x
        kept = self.drop(torch.ones((len(x), 1), dtype=x.dtype, device=x.device))
        return x * kept.reshape(-1, *(1,) * (x.dim() - 1))


def path(p: float) -> nn.Module:
    """A DropPath, or the identity where p is 0."""
    return DropPath(p) if p else nn.Identity()
