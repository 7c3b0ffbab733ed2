"""Periodic embeddings of numeric features: each becomes a few learnt waves."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError


class PeriodicEmbedding(nn.Module):
    """PBLD: x -> (x, V cos(2 pi f x + phi) + c), with its own f, phi, V, c for each feature.

    Initial f_k ~ N(0, sigma_k^2), phi ~ U(-pi, pi), V and c ~ U(-1, 1) / sqrt(frequencies); sigma_k is a geometric
    ladder from slowest * sigma to sigma (RealMLP's single sigma is slowest = 1).

    Args:
        features: number of inputs.
        frequencies: waves a feature.
        width: numbers a feature in the output, x included; at least 2.
        sigma: spread of the fastest initial frequencies, in cycles a scaled unit.
        slowest: spread of the slowest, as a part of sigma.
        rng: generator of the initial weights.

    Reference: Holzmüller, Grinsztajn and Steinwart (2024), Better by default (RealMLP), arXiv:2407.04491.
    """

    def __init__(
        self, features: int, *, frequencies: int, width: int, sigma: float, slowest: float = 1.0, rng: torch.Generator
    ) -> None:
        super().__init__()
        if width < 2:
            raise MachineError("a periodic embedding holds the feature and a wave", given=width, allowed="width >= 2")
        self.features, self.width = features, width
        self.frequency = nn.Parameter(
            _spreads(frequencies, sigma, slowest) * torch.randn(features, frequencies, generator=rng)
        )
        self.phase = nn.Parameter(math.pi * _uniform(features, frequencies, rng=rng))
        bound = 1 / math.sqrt(frequencies)
        self.weight = nn.Parameter(bound * _uniform(features, frequencies, width - 1, rng=rng))
        self.bias = nn.Parameter(bound * _uniform(features, width - 1, rng=rng))

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, feature]` -> `[..., batch, feature * width]`, the numbers of a feature together."""
        waves = torch.cos(2 * math.pi * self.frequency * x.unsqueeze(-1) + self.phase)
        mixed = _each_feature(waves, self.weight) + self.bias
        return torch.cat((x.unsqueeze(-1), mixed), dim=-1).flatten(-2)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"{self.features}, frequencies={self.frequency.shape[-1]}, width={self.width}"


class PeriodicReluEmbedding(nn.Module):
    """PLR: x -> ReLU(V [sin(2 pi f x), cos(2 pi f x)] + c), with its own f, V, c for each feature.

    Initial f as in PeriodicEmbedding, V and c ~ U(-1, 1) / sqrt(2 frequencies). Arguments as in PeriodicEmbedding.

    Reference: Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features, arXiv:2203.05556.
    """

    def __init__(
        self, features: int, *, frequencies: int, width: int, sigma: float, slowest: float = 1.0, rng: torch.Generator
    ) -> None:
        super().__init__()
        self.features, self.width = features, width
        self.frequency = nn.Parameter(
            _spreads(frequencies, sigma, slowest) * torch.randn(features, frequencies, generator=rng)
        )
        bound = 1 / math.sqrt(2 * frequencies)
        self.weight = nn.Parameter(bound * _uniform(features, 2 * frequencies, width, rng=rng))
        self.bias = nn.Parameter(bound * _uniform(features, width, rng=rng))

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, feature]` -> `[..., batch, feature * width]`, the numbers of a feature together."""
        angle = 2 * math.pi * self.frequency * x.unsqueeze(-1)
        waves = torch.cat((angle.sin(), angle.cos()), dim=-1)
        return torch.relu(_each_feature(waves, self.weight) + self.bias).flatten(-2)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"{self.features}, frequencies={self.frequency.shape[-1]}, width={self.width}"


def _each_feature(waves: Tensor, weight: Tensor) -> Tensor:
    """waves `[..., batch, feature, wave]`, weight `[feature, wave, width]` -> `[..., batch, feature, width]`."""
    return torch.einsum("...fk,fkw->...fw", waves, weight)


def _spreads(frequencies: int, sigma: float, slowest: float) -> Tensor:
    """sigma_k `[frequency]`, from slowest * sigma to sigma."""
    return sigma * torch.logspace(math.log10(slowest), 0, frequencies)


def _uniform(*shape: int, rng: torch.Generator) -> Tensor:
    return torch.rand(shape, generator=rng) * 2 - 1
