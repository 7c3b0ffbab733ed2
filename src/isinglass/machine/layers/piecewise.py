"""Piecewise-linear embeddings of numeric features."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError


class PiecewiseEmbedding(nn.Module):
    """x -> u x + c + V e(x), with its own u, c, V for each feature.

    e_t(x) = (x - k_(t-1)) / (k_t - k_(t-1)), cut to 0 .. 1 except below the first and above the last knot, where it
    goes on; so the embedding is any piecewise-linear function with these knots. V starts at zero, u and c at
    U(-1, 1): at first it is a linear layer.

    Args:
        features: number of inputs.
        bins: intervals a feature, at least 2.
        width: numbers a feature in the output.
        rng: generator of the initial weights.

    The buffer `knots` `[feature, bins + 1]` starts at the quantiles of a normal distribution with the quartile range
    of a scaled feature (1); whoever knows the data may put their quantiles there instead. Knots must rise strictly.

    Reference: Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features, arXiv:2203.05556;
    the zero start is TabM's: Gorishniy, Kotelnikov and Babenko (2025), arXiv:2410.24210.
    """

    knots: Tensor

    def __init__(self, features: int, *, bins: int, width: int, rng: torch.Generator) -> None:
        super().__init__()
        if bins < 2:
            raise MachineError("a piecewise-linear embedding has two intervals or more", given=bins, allowed=">= 2")
        self.features, self.bins, self.width = features, bins, width
        self.slope = nn.Parameter(torch.rand(features, width, generator=rng) * 2 - 1)
        self.bias = nn.Parameter(torch.rand(features, width, generator=rng) * 2 - 1)
        self.weight = nn.Parameter(torch.zeros(features, bins, width))
        self.register_buffer("knots", _normal_quantiles(bins).repeat(features, 1))

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, feature]` -> `[..., batch, feature * width]`, the numbers of a feature together."""
        x = x.unsqueeze(-1)
        part = (x - self.knots[..., :-1]) / self.knots.diff(dim=-1)
        inner = part[..., 1:-1].clamp(0, 1)
        code = torch.cat((part[..., :1].clamp(max=1), inner, part[..., -1:].clamp(min=0)), dim=-1)
        mixed = torch.einsum("...fk,fkw->...fw", code, self.weight)
        return (self.slope * x + self.bias + mixed).flatten(-2)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"{self.features}, bins={self.bins}, width={self.width}"


def _normal_quantiles(bins: int) -> Tensor:
    """Knots at levels 1/(bins + 2) .. (bins + 1)/(bins + 2) of a normal distribution with quartile range 1."""
    levels = torch.arange(1, bins + 2, dtype=torch.float64) / (bins + 2)
    quartile_range = 2 * math.sqrt(2) * float(torch.erfinv(torch.tensor(0.5, dtype=torch.float64)))
    return (torch.special.ndtri(levels) / quartile_range).to(torch.get_default_dtype())
