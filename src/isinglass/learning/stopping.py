"""How long a run is and when it is looked at; early stopping, member by member: the best weights are kept."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from isinglass.learning.plans.plan import State

TICKS = 250
"""A run has about so many ticks at most: several short epochs make one."""
TICK_STEPS = 2000
"""A tick has so many steps at most, so that its index arrays stay small."""


@dataclass(frozen=True)
class Pace:
    """Steps, epochs and ticks of one round. Nothing here depends on which other members there are.

    Attributes:
        per_epoch: steps an epoch.
        epochs: epochs a round.
    """

    per_epoch: int
    epochs: int

    @property
    def total(self) -> int:
        """Steps a round."""
        return self.per_epoch * self.epochs

    @property
    def tick(self) -> int:
        """Steps of a tick: an epoch, some short ones, or a part of a long one."""
        return min(TICK_STEPS, self.per_epoch * math.ceil(self.epochs / TICKS))

    def next(self, step: int) -> int:
        """How many steps from here to the next tick."""
        return min(self.tick, self.total - step)


@dataclass
class Best:
    """The best of every member so far. Rows are members of the problem.

    Attributes:
        loss: float64 `[member]`, infinite before the first look.
        epoch: float64 `[member]`, when it was.
        theta: `[member, P]`.
        buffers: by name, each `[member, *shape]`.
    """

    loss: Tensor
    epoch: Tensor
    theta: Tensor
    buffers: dict[str, Tensor]

    @staticmethod
    def of(state: State) -> Best:
        """Before the first look: the initial weights of a state of all members."""
        members = len(state.members)
        return Best(
            loss=torch.full((members,), torch.inf, dtype=torch.float64),
            epoch=torch.zeros(members, dtype=torch.float64),
            theta=state.theta.clone(),
            buffers={name: buffer.clone() for name, buffer in state.buffers.items()},
        )

    def keep(self, state: State, better: Tensor) -> None:
        """Copy the weights of those members of a state for which bool `[member]` is true."""
        if not bool(better.any()):
            return
        members = state.members[better]
        self.theta[members] = state.theta[better]
        for name, buffer in self.buffers.items():
            buffer[members] = state.buffers[name][better]

    def observe(self, state: State, loss: Tensor, epoch: float) -> None:
        """Keep the weights of those members whose loss `[member]` is the lowest so far."""
        better = loss < self.loss[state.members]
        self.keep(state, better)
        members = state.members[better]
        self.loss[members], self.epoch[members] = loss[better], epoch

    def forget(self, members: Tensor) -> None:
        """These start again."""
        self.loss[members], self.epoch[members] = torch.inf, 0.0

    def waiting(self, members: Tensor, epoch: float, patience: int | Literal["never", "auto"]) -> Tensor:
        """Who has not improved for `patience` epochs: bool `[member]`.

        Reference: Prechelt (1998), Early stopping - but when?, doi:10.1007/3-540-49430-8_3.
        """
        if not isinstance(patience, int):
            return torch.zeros(len(members), dtype=torch.bool)
        return epoch - self.epoch[members] >= patience
