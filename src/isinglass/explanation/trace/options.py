"""How a trace is made, as its caller says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from isinglass.explanation.trace.passes.updates import Step

Function = Callable[..., Any]


@dataclass(frozen=True)
class TraceOptions:
    """How a trace is made.

    Args:
        names: of the inputs; empty: x, or x1, x2 ...
        labels: names along the last axis of an input, by the input's name.
        loss: a function of the output that is traced after it; the backward pass then starts there.
        step: the optimizer whose first step is shown for every parameter.
        seed: gradient of the result; None: ones, so that the sum of the result's elements is differentiated.
        named: results between that have names of their own; the function may fill it while it runs.
    """

    names: Sequence[str] = ()
    labels: Mapping[str, Sequence[str]] | None = None
    loss: Function | None = None
    step: Step | None = None
    seed: Tensor | None = None
    named: Mapping[str, Tensor] | None = None
