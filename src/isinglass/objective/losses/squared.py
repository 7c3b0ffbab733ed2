"""Squared error.

l(z, y) = mean over out of (y - z)^2. Its minimum is the conditional mean.
"""

from __future__ import annotations

from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task


def squared(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, out]`, target `[..., batch, out]` -> `[..., batch]`."""
    return (raw - target).square().mean(-1)


SQUARED = Loss(
    name="squared",
    function=squared,
    width=lambda out: out,
    predict=lambda raw: Predictive(mean=raw),
    tasks=(Task.REGRESSION,),
    located=True,
)
