"""Answers by batched matrix products: members side by side, chunk by chunk, one thread a chunk."""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.learning.network import Network
from isinglass.learning.plans.forward.scaler import Scaler
from isinglass.learning.plans.plan import ONE_BY_ONE, State, Tuning
from isinglass.learning.plans.stack import Pass, reason_against, stack
from isinglass.learning.plans.threads import each_chunk

GATHERED = 1 << 18
"""Values of a block of rows, or gathered in one go for the coming steps of a chunk: 1 MB in float32."""


class StackedForward:
    """See `Forward`."""

    name = "stacked"

    def __init__(self, network: Network, tuning: Tuning) -> None:
        self.network, self.tuning = network, tuning

    @staticmethod
    def obstacle(network: Network) -> str | None:
        """Every layer needs a stacked form."""
        return reason_against(network.machine) if network.view.spec.flat else ONE_BY_ONE

    def forward(self, state: State, inputs: Tensor) -> Tensor:
        """See `Forward.forward`."""

        def run(start: int, stop: int) -> Tensor:
            part = inputs if self.network.view.spec.shared(inputs.dim()) else inputs[start:stop]
            return self._forward_chunk(state.rows(start, stop), part)

        return torch.cat(each_chunk(len(state.members), self.tuning, run))

    @torch.no_grad()
    def _forward_chunk(self, state: State, inputs: Tensor) -> Tensor:
        scaler = Scaler(self.network, state.members)
        machine = stack(self.network, state, None, self.tuning.precision)
        run = Pass(training=False, padding=None, steps=state.steps)
        widest = max(slot.shape[0] for slot in self.network.layout.slots)
        # Blocks of rows whose activations stay in the cache: one pass over all rows takes twice the time.
        blocks = inputs.split(max(16, GATHERED // (len(state.members) * widest)), dim=-2)
        # A block's result is copied: the next one is computed in the same memory.
        raw = [scaler.head(machine.forward(scaler.scaled(block), run), block).clone() for block in blocks]
        return torch.cat(raw, dim=1)
