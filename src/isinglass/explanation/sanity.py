"""Does an explanation depend on what the network has learnt? The same is asked of networks with random weights.

A method that ignores the weights, an edge detector for one, gives the same answer to both: it explains the sample, not
the network. Reference: Adebayo et al. (2018), Sanity checks for saliency maps, NeurIPS 31, arXiv:1810.03292.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.inference.ensemble import Ensemble
from isinglass.learning.members import Member
from isinglass.learning.population import from_module, populate

LIMIT = 0.5
"""A rank correlation from which on the answer is called the same."""


def randomised(ensemble: Ensemble, seed: int) -> Ensemble:
    """The same machines with weights that have learnt nothing: every layer drawn anew, each member from a seed of its
    own; parameters that belong to no layer that can draw them, from a normal distribution of their mean and spread.
    Conventional methods that they were combined with have no weights that could be drawn: networks alone."""
    networks = [_learnable(ensemble.network(member), ensemble.common.machine) for member in range(len(ensemble))]
    fresh = [_fresh(network, seed + number) for number, network in enumerate(networks)]
    members = [Member(index=number, fold=0, seed=number) for number in range(len(fresh))]
    drawn = populate(lambda number: fresh[number], members, dtype=ensemble.state.theta.dtype)
    state = replace(ensemble.state, theta=drawn.theta, buffers=drawn.buffers)
    return replace(ensemble, state=state, combination=None)


def _learnable(network: nn.Module, template: nn.Module) -> nn.Module:
    for value, like in zip(network.parameters(), template.parameters(), strict=True):
        value.requires_grad_(like.requires_grad)
    return network


def _fresh(network: nn.Module, seed: int) -> nn.Module:
    made = from_module(network)(seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value, learnt in zip(made.parameters(), network.parameters(), strict=True):
            if learnt.requires_grad and value.numel() > 1 and torch.equal(value, learnt):
                value.copy_(_alike(learnt, generator))
    return made


def _alike(learnt: Tensor, generator: torch.Generator) -> Tensor:
    noise = torch.randn(learnt.shape, generator=generator, dtype=learnt.dtype)
    return learnt.mean() + learnt.std() * noise


def verdict(found: np.ndarray, random: Iterable[np.ndarray]) -> dict[str, float]:
    """`rank_correlation`, Spearman's, of an explanation with those of random networks, the mean over them; `passed`, 1
    where it is below `LIMIT`, else 0. Both NaN where the answers do not vary, as with a single input."""
    found = np.asarray(found, dtype=np.float64).ravel()
    each = [rank_correlation(found, np.asarray(other, dtype=np.float64).ravel()) for other in random]
    known = [value for value in each if np.isfinite(value)]
    if not known:
        return {"rank_correlation": np.nan, "passed": np.nan}
    mean = float(np.mean(known))
    return {"rank_correlation": mean, "passed": float(mean < LIMIT)}


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's, over the places where both are known; NaN where one of them is constant."""
    known = np.isfinite(one) & np.isfinite(other)
    a, b = (ranks(values[known]) for values in (one, other))
    a, b = a - a.mean() if len(a) else a, b - b.mean() if len(b) else b
    size = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum() / size) if size > 0 else np.nan


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1, ties at their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[inverse.ravel()]
