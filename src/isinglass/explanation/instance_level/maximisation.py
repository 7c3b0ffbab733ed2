"""Activation maximisation, or backward optimisation: which change of the sample makes the answer larger?

x <- x + rate * unit * (g / rms(g) - strength * excess)

with g the gradient of the log probability of the class or label, or of the number itself, in scaled units, and excess
the distance from the physical range in scaled units: a soft wall, so that the answer stays a sample that could be.
Gradient descent on (p - 1)^2 has the same direction, but loses it where p is close to 0 or 1. Settings as in the short
course of McGovern et al. (2019, https://doi.org/10.1175/BAMS-D-18-0195.1): 200 steps, rate 0.01.
"""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.explanation.instance_level.network import Network

STRENGTH = 10.0
"""Of the wall: a tenth of the excess is taken back in each step of rate 0.01."""


def maximisation(
    network: Network, *, seed: int = 0, steps: int = 200, rate: float = 0.01, strength: float = STRENGTH
) -> Tensor:
    """The change of the sample, `[feature]` or `[channel, height, width]`, in the sample's own units; codes stay.

    Args:
        network: see `Network`.
        seed: not used: the way starts at the sample.
        steps: of the ascent.
        rate: how far each goes, in scaled units.
        strength: of the penalty beyond `question.low` and `question.high`; 0: none.
    """
    x = network.sample.clone()
    for _ in range(steps):
        slope = torch.nan_to_num(network.gradient(x, network.wish) * network.unit)
        size = slope.square().mean().sqrt()
        if not float(size) > 0:
            break
        push = slope / size - strength * _excess(network, x)
        x = x + rate * network.unit * push
    return torch.nan_to_num((x - network.sample)[0])


def outside(network: Network, change: Tensor) -> float:
    """The part of the changed sample's values beyond the physical range by more than a tenth of a scaled unit."""
    return float((_excess(network, network.sample + change).abs() > 0.1).double().mean())


def _excess(network: Network, x: Tensor) -> Tensor:
    """How far values lie beyond the range, in scaled units; negative below."""
    question = network.question
    if question.low is None or question.high is None:
        return torch.zeros_like(x)
    low, high = (torch.as_tensor(end, dtype=x.dtype)[network.spec.along] for end in (question.low, question.high))
    beyond = (x - high).clamp_min(0.0) - (low - x).clamp_min(0.0)
    return torch.nan_to_num(beyond / network.unit)
