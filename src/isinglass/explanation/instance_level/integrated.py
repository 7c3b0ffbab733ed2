"""Integrated gradients: what each input adds on the way from an average sample to this one.

IG_i = (x_i - b_i) * integral over a in (0, 1) of d score / d x_i at b + a (x - b)

The parts sum to score(x) - score(b) (completeness): `check["incomplete"]` is the part of that difference that the
numerical integral misses. Reference: Sundararajan, Taly and Yan (2017), Axiomatic attribution for deep networks,
arXiv:1703.01365.
"""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.explanation.instance_level.network import Network

TOLERANCE = 0.01
"""Of the difference of scores that may be missed before the steps are doubled."""
MOST = 256


def integrated(network: Network, *, seed: int = 0, steps: int = 32, baseline: str = "mean") -> Tensor:
    """`[feature]` or `[channel, height, width]`, in the score's unit; the sum is the difference of scores.

    Args:
        network: see `Network`.
        seed: not used.
        steps: of the midpoint rule; doubled up to `MOST` while more than `TOLERANCE` of the sum is missing.
        baseline: see `baseline_of`.
    """
    start = baseline_of(network, baseline)
    gap = difference(network, start)
    while True:
        parts = _sum(network, start, steps)
        missing = float((parts.nansum() - gap).abs())
        if missing <= TOLERANCE * float(gap.abs()) or steps >= MOST:
            return parts
        steps *= 2


def baseline_of(network: Network, kind: str = "mean") -> Tensor:
    """Where the way begins: "mean", the training data's mean of every column or channel; "zero", black."""
    return torch.zeros_like(network.sample) if kind == "zero" else network.mean


def difference(network: Network, start: Tensor) -> Tensor:
    """score(x) - score(b)."""
    with torch.no_grad():
        return network(network.sample)[0] - network(start)[0]


def incomplete(network: Network, values: Tensor, *, baseline: str = "mean") -> float:
    """|sum - difference| / |difference| of one network's integrated gradients."""
    gap = difference(network, baseline_of(network, baseline))
    return float((values.nansum() - gap).abs() / gap.abs().clamp_min(1e-12))


def _sum(network: Network, start: Tensor, steps: int) -> Tensor:
    way = network.sample - start
    places = (torch.arange(steps, dtype=way.dtype) + 0.5) / steps
    total = torch.zeros_like(way[0])
    for part in places.split(8):
        along = start + part.view(-1, *[1] * (way.dim() - 1)) * way
        total += network.gradient(along).sum(dim=0)
    return torch.where(torch.isnan(way[0]), 0.0, total * way[0] / steps)
