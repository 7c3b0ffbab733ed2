"""What a penalty is: a value and an analytic gradient on a layer's weights, with a strength of each member."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Penalty(Protocol):
    """A regulariser of weights `w` `[..., weight]`; the leading axes are members. Biases are not its business.

    `strength` and `ratio` are numbers or tensors `[...]` of one value a member. At a kink the gradient is the
    subgradient 0: a weight of exactly zero stays where it is.
    """

    def value(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[...]`."""
        ...

    def gradient(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[..., weight]`, the derivative of `value` with respect to w."""
        ...


def column(number: float | Tensor) -> float | Tensor:
    """A number a member as a factor of that member's weights: `[...]` -> `[..., 1]`."""
    return number.unsqueeze(-1) if isinstance(number, Tensor) else number
