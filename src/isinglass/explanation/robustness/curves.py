"""Accuracy along the strength of a change: attacks beside random noise of the same size, and corruptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.explanation.robustness.attacks import Space, fgsm, pgd
from isinglass.explanation.robustness.corruptions import CORRUPTIONS

Team = tuple[Space, Tensor, Tensor]
"""Who answers, for which inputs [sample, ...], with which true classes int64 [sample]."""

STEPS = 10


@dataclass(frozen=True)
class Curve:
    """name of the change; strengths, and the accuracy at each; unit of the strengths."""

    name: str
    strengths: tuple[float, ...]
    accuracy: tuple[float, ...]
    unit: str


def curves(
    teams: Sequence[Team], *, sizes: Sequence[float], seed: int, unit: str, corrupted: bool = False
) -> tuple[Curve, ...]:
    """Accuracy under attacks of the given sizes, random signs of the same sizes, and, of images, corruptions.

    Args:
        teams: samples with those who may answer them; together all samples.
        sizes: of attacks, in `unit`.
        seed: of what is random.
        unit: of the sizes.
        corrupted: whether the samples can be blurred and the like: those of `[sample, channel, height, width]`.
    """
    ways = {"random signs": _signs, "fgsm": fgsm_of, "pgd": pgd_of}
    found = [
        Curve(name, tuple(sizes), tuple(_accuracy(teams, way, size, seed) for size in sizes), unit)
        for name, way in ways.items()
    ]
    if corrupted:
        found += [_corrupted(name, teams, seed) for name in CORRUPTIONS]
    return tuple(found)


def clean(teams: Sequence[Team]) -> float:
    """Accuracy on the samples as they are."""
    return _accuracy(teams, lambda space, x, label, size, seed: x, 0.0, 0)


def fgsm_of(space: Space, x: Tensor, label: Tensor, size: float, seed: int) -> Tensor:
    """The attacked inputs; the attack knows the true class."""
    return fgsm(space, x, label, size=size, seed=seed).changed


def pgd_of(space: Space, x: Tensor, label: Tensor, size: float, seed: int) -> Tensor:
    """The attacked inputs; the attack knows the true class."""
    return pgd(space, x, label, size=size, seed=seed, steps=STEPS).changed


def _signs(space: Space, x: Tensor, label: Tensor, size: float, seed: int) -> Tensor:
    random = torch.Generator().manual_seed(seed)
    sign = 2.0 * torch.randint(2, x.shape, generator=random).to(x.dtype) - 1.0
    return space.near(x + size * (sign if space.free is None else sign * space.free), x, size)


def _corrupted(name: str, teams: Sequence[Team], seed: int) -> Curve:
    corruption = CORRUPTIONS[name]

    def way(space: Space, x: Tensor, label: Tensor, strength: float, seed: int) -> Tensor:
        changed = corruption.function(x, strength, torch.Generator().manual_seed(seed))
        return changed.clamp(space.low, space.high)

    told = tuple(_accuracy(teams, way, strength, seed) for strength in corruption.strengths)
    return Curve(name, corruption.strengths, told, corruption.unit)


def _accuracy(teams: Sequence[Team], way, size: float, seed: int) -> float:
    right = [space.labels(way(space, x, label, size, seed)) == label for space, x, label in teams]
    return float(torch.cat(right).double().mean())
