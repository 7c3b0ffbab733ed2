"""Batch normalization for inputs with any number of leading member axes."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class BatchNorm(nn.Module):
    """y = (x - mean) / sqrt(variance + epsilon) * weight + bias, unit by unit.

    In training mode mean and variance are those of the batch (biased), and the buffers `mean` and `variance`
    (unbiased, as in torch) move towards them by `momentum`, in place and outside the gradient. In evaluation mode the
    buffers are used. For one network it equals `torch.nn.BatchNorm1d`.

    Args:
        units: width of the input.
        momentum: how far the buffers move at a step.
        epsilon: keeps the division finite.

    Reference: Ioffe and Szegedy (2015), Batch normalization, arXiv:1502.03167.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, units: int, *, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.units, self.momentum, self.epsilon = units, momentum, epsilon
        self.weight = nn.Parameter(torch.ones(units))
        self.bias = nn.Parameter(torch.zeros(units))
        self.register_buffer("mean", torch.zeros(units))
        self.register_buffer("variance", torch.ones(units))

    def forward(self, x: Tensor, weights: Tensor | None = None) -> Tensor:
        """x `[..., batch, unit]` -> the same shape.

        Args:
            x: the input.
            weights: `[..., batch]`, of the rows in the batch's statistics; a padded row has weight 0.
        """
        if not self.training:
            return self._normalise(x, self.mean, self.variance)
        mean, variance, rows = moments(x, weights)
        self._move(self.mean, mean)
        self._move(self.variance, variance * (rows / (rows - 1).clamp(min=1)))
        return self._normalise(x, mean, variance)

    @torch.no_grad()
    def _move(self, buffer: Tensor, value: Tensor) -> None:
        buffer.mul_(1 - self.momentum).add_(value.detach(), alpha=self.momentum)

    def _normalise(self, x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        factor = self.weight * (variance + self.epsilon).rsqrt()
        return (x - mean.unsqueeze(-2)) * factor.unsqueeze(-2) + self.bias.unsqueeze(-2)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"{self.units}, momentum={self.momentum:g}"


def moments(x: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and biased variance over the batch, `[..., unit]` each, and the number of rows, `[..., 1]`."""
    if weights is None:
        rows = torch.full((1,), x.shape[-2], dtype=x.dtype, device=x.device)
        return x.mean(-2), x.var(-2, correction=0), rows
    share = (weights / weights.sum(-1, keepdim=True)).unsqueeze(-1)
    mean = (x * share).sum(-2)
    variance = ((x - mean.unsqueeze(-2)).square() * share).sum(-2)
    return mean, variance, (weights > 0).sum(-1, keepdim=True).to(x.dtype)
