"""Rows of a study as its networks see them: scaling, network, exact laws and loss, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.explanation.trace.display import Trace
from isinglass.explanation.trace.options import TraceOptions
from isinglass.explanation.trace.passes.updates import Step
from isinglass.explanation.trace.population import over_members
from isinglass.explanation.trace.tracing import trace
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.plans.forward import Scaler
from isinglass.learning.population import Population
from isinglass.learning.rows import CODED
from isinglass.objective.batch import Batch


@dataclass(frozen=True)
class Asking:
    """Which rows are asked about, of an ensemble.

    Args:
        inputs: `[sample, feature]` or `[sample, channel, height, width]`, unscaled.
        targets: `[sample, out]`, unscaled; None: no loss, and the gradient is that of the output's sum.
        names: of the features.
        step: the optimizer whose step is shown for every weight; needs targets.
    """

    inputs: np.ndarray
    targets: np.ndarray | None = None
    names: tuple[str, ...] = ()
    step: Step | None = None


def trace_rows(ensemble: Ensemble, asking: Asking) -> Trace:
    """Trace rows through every member of an ensemble: mean and spread over them, or one network's own numbers.

    In evaluation mode: no dropout, running statistics of norms. The loss is the mean over the rows.
    """
    labels = {"inputs": asking.names} if asking.names else None
    asked = TraceOptions(names=("inputs",), labels=labels, step=asking.step if asking.targets is not None else None)
    inputs = torch.from_numpy(np.array(asking.inputs, dtype=np.float64)).to(ensemble.common.dtype)
    return over_members(
        [trace(row_machine(ensemble, m, asking.targets), inputs, asked=asked) for m in range(len(ensemble))]
    )


def row_machine(
    ensemble: Ensemble, member: int, targets: np.ndarray | None, *, dtype: torch.dtype | None = None
) -> nn.Module:
    """One member as a module of unscaled inputs, its loss included where there are targets."""
    if not 0 <= member < len(ensemble):
        raise MachineError("there is no such member", given=member + 1, allowed=f"1 to {len(ensemble)}")
    common, state = ensemble.common, ensemble.state
    population = Population(common.machine, common.layout, state.theta, state.buffers)
    kind = dtype or common.dtype
    scaler = Scaler(replace(common, dtype=kind), state.members[member : member + 1])
    loss = None if targets is None else Objective(ensemble, scaler, torch.from_numpy(np.array(targets)))
    return Row(Scaling(scaler), population.network(member).to(kind), scaler, loss)


class Row(nn.Module):
    """Unscaled inputs to raw outputs, or to the loss."""

    def __init__(self, scaling: nn.Module, machine: nn.Module, scaler: Scaler, objective: nn.Module | None) -> None:
        super().__init__()
        self.scaling, self.machine = scaling, machine
        self.laws = None if scaler.view.head is None else Laws(scaler)
        self.objective = objective

    def forward(self, inputs: Tensor) -> Tensor:
        raw = self.machine(self.scaling(inputs))
        raw = raw if self.laws is None else self.laws(raw, inputs)
        return raw if self.objective is None else self.objective(raw)


class Scaling(nn.Module):
    """z = (x - center) * scale, squeezed where the study does so."""

    def __init__(self, scaler: Scaler) -> None:
        super().__init__()
        self.scaler = scaler

    def forward(self, inputs: Tensor) -> Tensor:
        return self.scaler.scaled(inputs)[0]


class Laws(nn.Module):
    """The study's exact laws."""

    def __init__(self, scaler: Scaler) -> None:
        super().__init__()
        self.scaler = scaler

    def forward(self, raw: Tensor, inputs: Tensor) -> Tensor:
        return self.scaler.head(raw[None], inputs[None])[0]


class Objective(nn.Module):
    """The mean loss of the rows, against scaled targets."""

    target: Tensor

    def __init__(self, ensemble: Ensemble, scaler: Scaler, targets: Tensor) -> None:
        super().__init__()
        self.objective, self.members = ensemble.common.objective, scaler.members
        masks, zero = targets.dtype is CODED, ensemble.common.view.zero
        counted = targets.double() - torch.tensor(zero, dtype=torch.float64) if zero else targets
        centre, scale = scaler.target_center[0], scaler.target_scale[0]
        self.register_buffer("target", targets if masks else (counted.to(scaler.dtype) - centre) / scale)

    def forward(self, raw: Tensor) -> Tensor:
        return self.objective.rows(raw, Batch(raw, self.target), self.members).mean()
