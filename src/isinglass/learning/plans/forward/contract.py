"""What answers: raw outputs of a population in evaluation mode. Every plan is one that also learns."""

from __future__ import annotations

from typing import Protocol

from torch import Tensor

from isinglass.learning.network import Network
from isinglass.learning.plans.plan import State, Tuning


class Answering(Protocol):
    """What can be asked for raw outputs."""

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """Raw outputs in evaluation mode, head included, in theta's dtype: `[member, sample, width]`.

        Args:
            state: the members.
            inputs: unscaled: `[sample, feature]` for all members or `[member, sample, feature]`. The caller
                keeps it small (see `learning/evaluate.py`).
        """
        ...


class Forward(Answering, Protocol):
    """One way to run a network forwards. Built by `FORWARDS[name](network, tuning)` once `obstacle(network)` has
    returned None."""

    name: str

    def __init__(self, network: Network, tuning: Tuning) -> None: ...

    @staticmethod
    def obstacle(network: Network) -> str | None:
        """The reason why this cannot run the network, in half a sentence; None if it can."""
        ...
