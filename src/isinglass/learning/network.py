"""All that a prediction needs of a population but its weights."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import torch
from torch import nn

from isinglass.learning.parameters.flat_params import Layout
from isinglass.learning.view import View
from isinglass.objective.objective import Objective


@dataclass(frozen=True)
class Network:
    """What members of a cohort share as predictors, and how each of them sees.

    Attributes:
        machine: a template: its structure counts, its parameters' values do not. Never changed by who runs it.
        layout: where the template's parameters lie in theta.
        view: from measured values to scaled ones and back, for each member.
        objective: what raw outputs are asked for, and how they are read.
        dtype: of theta and of all arithmetic: float32 or float64.
    """

    machine: nn.Module
    layout: Layout
    view: View
    objective: Objective
    dtype: torch.dtype = torch.float32

    def to(self, device: torch.device) -> Network:
        """The same on another device."""
        machine = copy.deepcopy(self.machine).to(self.dtype).to(device)
        return replace(self, machine=machine, view=self.view.to(device))
