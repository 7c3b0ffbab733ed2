"""Initial weights from an explicit generator: torch's global one is neither read nor moved."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def generator(seed: int) -> torch.Generator:
    """A CPU generator; any Python integer is a seed."""
    return torch.Generator().manual_seed(seed % 2**63)


def linear(inputs: int, outputs: int, *, rng: torch.Generator, gain: float = 1.0) -> nn.Linear:
    """A `torch.nn.Linear` with weights U(-b, b), b = gain * sqrt(3 / inputs), and biases U(-1, 1) / sqrt(inputs).

    Weights have the variance gain^2 / inputs: gain sqrt(2) keeps the size of signals through ReLU layers.
    Reference: He et al. (2015), doi:10.1109/ICCV.2015.123.
    """
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
    with torch.no_grad():
        uniform_(layer.weight, gain * math.sqrt(3 / inputs), rng)
        uniform_(layer.bias, 1 / math.sqrt(inputs), rng)
    return layer


def uniform_(tensor: Tensor, bound: float, rng: torch.Generator) -> None:
    """Fill with U(-bound, bound)."""
    with torch.no_grad():
        tensor.uniform_(-bound, bound, generator=rng)
