"""How many steps a run has, and after which steps the world is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
