"""The questions that a verdict asks of all methods at once, and their answers: see `verdict`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from isinglass.evaluation.intervals import FEWEST, LEVEL, Interval
from isinglass.evaluation.verdict.gains import Losses

LEAST = 0.01
"""A gain below this is none, however sure."""

MARGIN = 0.05
"""Losses that differ by less than this part are as good as each other: another seed changes the loss of a network on a
small table by as much."""

ONE_SIDED = 1 - 2 * (1 - LEVEL)
"""The level of a central interval whose ends are one-sided limits of 95 % each."""

NETWORK, MEAN = "network", "mean"

Skill = Literal["some", "none", "unknown", "not asked"]
Standing = Literal["better", "worse", "equal", "unknown"]


@dataclass(frozen=True)
class Contest:
    """Methods on the same rows.

    Attributes:
        losses: of all.
        rivals: keys of the conventional methods, from the simplest to the most complicated.
        others: keys of contenders that are neither these nor the network.
        titles: of the methods in a sentence, by key.
        label: of the metric.
        rows: `38 unseen rows`.
    """

    losses: Losses
    rivals: tuple[str, ...]
    others: tuple[str, ...]
    titles: Mapping[str, str]
    label: str
    rows: str

    def title(self, name: str) -> str:
        """A method's name in a sentence."""
        return self.titles.get(name, name)

    def plain(self, first: str, second: str) -> Interval:
        """The gain of a comparison that was not picked among others; without ends where there are too few units."""
        gain = self.losses.gain(first, second)
        return gain if self.losses.units >= FEWEST else Interval(gain.value)

    def picked(self, first: str, second: str) -> Interval:
        """The gain of a comparison that is one of as many as there are methods to pick from."""
        return self.losses.gain(first, second, tests=self._choices)

    def within(self, first: str, second: str) -> Interval:
        """The interval whose ends two one-sided tests of 5 % compare with the margin; of as many comparisons again."""
        return self.losses.gain(first, second, tests=self._choices, level=ONE_SIDED)

    @property
    def _choices(self) -> int:
        return max(1, len(self.rivals) + len(self.others))

    def best(self, names: tuple[str, ...]) -> str:
        """The one with the smallest loss."""
        return min(names, key=self.losses.loss)

    @property
    def skilful(self) -> tuple[str, ...]:
        """All methods that may beat the mean."""
        return tuple(name for name in (NETWORK, *self.rivals, *self.others) if name != MEAN)

    def skill(self) -> Skill:
        """Whether any method gains over predicting the mean."""
        if MEAN not in self.rivals:
            return "not asked"
        gains = [self.picked(name, MEAN) for name in self.skilful]
        if any(sure(gain) for gain in gains):
            return "some"
        # All of them must be small, so none is picked: each test has the full 5 %.
        most = [self.losses.gain(name, MEAN, level=ONE_SIDED).high for name in self.skilful]
        return "none" if max(most) <= MARGIN else "unknown"

    def skilled(self) -> bool | None:
        """Whether the network is known to beat the mean; where units are too few to know, whether it does on them."""
        if MEAN not in self.rivals:
            return None
        gain = self.plain(NETWORK, MEAN)
        return sure(gain) if math.isfinite(gain.high) else gain.value >= LEAST

    def standing(self, name: str) -> Standing:
        """How a method is beside the conventional ones."""
        if all(sure(self.plain(name, rival)) for rival in self.rivals):
            return "better"
        if self.winners(name):
            return "worse"
        return "equal" if self.equals(name) else "unknown"

    def winners(self, name: str) -> tuple[str, ...]:
        """Conventional methods that are better than it."""
        return tuple(rival for rival in self.rivals if sure(self.picked(rival, name)))

    def equals(self, name: str) -> tuple[str, ...]:
        """Conventional methods as good as it, that neither it nor another conventional method beats."""
        equal = [rival for rival in self.rivals if alike(self.within(name, rival))]
        return tuple(one for one in equal if not sure(self.plain(name, one)) and not self.winners(one))


def sure(gain: Interval) -> bool:
    """Better; false without an interval."""
    return gain.value >= LEAST and gain.low > 0


def alike(gain: Interval) -> bool:
    """As good within the margin: both one-sided tests succeed."""
    return gain.low >= -MARGIN and gain.high <= MARGIN
