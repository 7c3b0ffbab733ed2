"""Maxout: each unit is the largest of several linear functions."""

from __future__ import annotations

from torch import Tensor, nn

from isinglass.errors import MachineError


class Maxout(nn.Module):
    """max over pieces of w_piece . x + b_piece; the dense layer before it computes the pieces.

    Piece k of unit u is input number `u * pieces + k`. Where pieces are equal, they share the gradient evenly.

    Args:
        pieces: linear functions a unit, at least 2.

    Reference: Goodfellow et al. (2013), Maxout networks, arXiv:1302.4389.
    """

    def __init__(self, pieces: float = 2) -> None:
        super().__init__()
        if pieces != int(pieces) or pieces < 2:
            raise MachineError("a maxout unit has two pieces or more", given=pieces, instead="maxout(2)")
        self.pieces = int(pieces)

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, unit * piece]` -> `[..., batch, unit]`."""
        return x.unflatten(-1, (-1, self.pieces)).amax(-1)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"pieces={self.pieces}"
