"""A block whose input is added to its output."""

from __future__ import annotations

from torch import Tensor, nn


class Residual(nn.Module):
    """y = shortcut(x) + inner(x).

    Args:
        inner: the block.
        shortcut: the identity, or a dense layer where the width changes.

    Reference: He et al. (2016), Deep residual learning, doi:10.1109/CVPR.2016.90.
    """

    def __init__(self, inner: nn.Sequential, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.inner = inner
        self.shortcut = nn.Identity() if shortcut is None else shortcut

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, unit]` -> `[..., batch, unit of the block's output]`."""
        return self.shortcut(x) + self.inner(x)
