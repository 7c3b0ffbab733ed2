"""The threshold of a perceptron."""

from __future__ import annotations

from torch import Tensor, nn


class Step(nn.Module):
    """1 where x > 0, strictly, else 0. Its gradient is zero everywhere: the perceptron's own rule learns it.

    Reference: Rosenblatt (1958), The perceptron, doi:10.1037/h0042519.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, unit]` -> the same shape."""
        return (x > 0).to(x.dtype)
