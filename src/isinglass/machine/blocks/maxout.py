"""Maxout over channels."""

from __future__ import annotations

from torch import Tensor, nn

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
