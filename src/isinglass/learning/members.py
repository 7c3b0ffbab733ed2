"""Members: each network of the population is one point of the product folds x ensemble members x settings."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

Hyper = Mapping[str, float]
"""Per-member settings that do not change shapes. Keys: `rate`, `weight_decay`, `dropout`, and `penalty.0`,
`penalty.1`, ... (the strength of the i-th penalty of the objective)."""


@dataclass(frozen=True)
class Member:
    """One network: its place in the product and the seed that all its randomness comes from.

    Attributes:
        index: its row in the problem's `[member, ...]` arrays.
        fold: the fold whose TEST rows it never sees.
        seed: 63 bits, a hash of (study seed, fold, number, setting); the population does not matter.
        number: which ensemble member of its fold and setting.
        setting: which hyper-parameter setting.
        hyper: settings of its own; a missing key means the recipe's value.
    """

    index: int
    fold: int
    seed: int
    number: int = 0
    setting: int = 0
    hyper: Hyper = field(default_factory=dict)


def member_seed(study: int, *place: int | str) -> int:
    """63 bits of BLAKE2b over the study's seed and a member's place: equal places, equal seeds."""
    text = "/".join(str(part) for part in (study, *place))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


def product(*, folds: int, members: int, seed: int, settings: Sequence[Hyper] = ({},)) -> tuple[Member, ...]:
    """All members of a study: setting by setting, fold by fold, ensemble member by ensemble member."""
    places = [(s, f, n) for s in range(len(settings)) for f in range(folds) for n in range(members)]
    return tuple(
        Member(i, fold, member_seed(seed, fold, number, setting), number, setting, settings[setting])
        for i, (setting, fold, number) in enumerate(places)
    )


def column(members: Sequence[Member], key: str, default: float) -> Tensor:
    """One setting of all members: float64 `[member]`."""
    return torch.tensor([float(m.hyper.get(key, default)) for m in members], dtype=torch.float64)
