"""Absolute error.

l(z, y) = mean over out of |y - z|. Its minimum is the conditional median. The subgradient at y = z is 0.
"""

from __future__ import annotations

from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task


def absolute(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, out]`, target `[..., batch, out]` -> `[..., batch]`."""
    return (raw - target).abs().mean(-1)


ABSOLUTE = Loss(
    name="absolute",
    function=absolute,
    width=lambda out: out,
    predict=lambda raw: Predictive(mean=raw),
    tasks=(Task.REGRESSION,),
    located=True,
)
