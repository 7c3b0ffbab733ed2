"""Initial weights from an explicit generator: torch's global one is neither read nor moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def generator(seed: int) -> torch.Generator:
    """A CPU generator; any Python integer is a seed."""
    return torch.Generator().manual_seed(seed % 2**63)


def dense(inputs: int, outputs: int, *, rng: torch.Generator, gain: float = 1.0) -> nn.Linear:
    """A `torch.nn.Linear` with weights U(-b, b), b = gain sqrt(3 / inputs), biases U(-1, 1) / sqrt(inputs).

    Weights have the variance gain^2 / inputs: gain sqrt(2) keeps the size of signals through ReLU layers.
    Reference: He et al. (2015), doi:10.1109/ICCV.2015.123.
    """
    layer = _empty(inputs, outputs)
    bound = gain * math.sqrt(3 / inputs)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=rng)
        layer.bias.uniform_(-1 / math.sqrt(inputs), 1 / math.sqrt(inputs), generator=rng)
    return layer


def zero_dense(inputs: int, outputs: int) -> nn.Linear:
    """A `torch.nn.Linear` that starts at zero: where the loss is convex, the start only costs steps."""
    layer = _empty(inputs, outputs)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    return layer


def _empty(inputs: int, outputs: int) -> nn.Linear:
    """Without torch's own draws. Not by `to_empty`: of tensors without values, torch asks sympy (0.4 s to import)."""
    layer = nn.Linear(inputs, outputs, device="meta")
    layer.weight = nn.Parameter(torch.empty((outputs, inputs), device="cpu"))
    layer.bias = nn.Parameter(torch.empty(outputs, device="cpu"))
    return layer


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Layers that torch makes within the block draw their weights from this seed; the global generator is as before
    afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed % 2**63)
        yield


def he_(machine: nn.Module, *, fan: str = "fan_in") -> None:
    """Give every convolution the weights N(0, 2 / fan), and zero to their biases: for networks of ReLU layers.

    Transposed convolutions keep torch's. Draws from the global generator: use it within `seeded`.

    Args:
        machine: changed in place.
        fan: "fan_in" keeps the size of signals, "fan_out" that of gradients.

    Reference: He et al. (2015), doi:10.1109/ICCV.2015.123.
    """
    for layer in machine.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode=fan, nonlinearity="relu")  # pyright: ignore[reportArgumentType]
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
