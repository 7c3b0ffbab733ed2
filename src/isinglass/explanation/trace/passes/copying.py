"""A module of one's own to trace or to check, so that the given one stays as it is."""

from __future__ import annotations

import copy

from torch import nn

from isinglass.errors import MachineError
from isinglass.explanation.trace.options import Function


def copied(function: Function | nn.Module) -> Function | nn.Module:
    """A copy of a module whose parameters all learn; a function as it is."""
    if not isinstance(function, nn.Module):
        return function
    try:
        own = copy.deepcopy(function)
    except RuntimeError as error:
        raise MachineError(
            "the module cannot be copied for the trace",
            given=str(error).split("\n")[0],
            instead="trace a function of it",
        ) from None
    for parameter in own.parameters():
        parameter.requires_grad_(parameter.is_floating_point())
    return own
