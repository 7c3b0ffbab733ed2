"""Huber's loss: squared near the target, absolute far from it.

With r = |y - z|: l = mean over out of r^2 / 2 where r <= delta, else delta (r - delta / 2).

delta (`objective.delta`) is in standard deviations of a standardised target. Reference: Huber (1964), Robust
estimation of a location parameter, doi:10.1214/aoms/1177703732.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task


def huber(raw: Tensor, target: Tensor, *, delta: float = 1.0) -> Tensor:
    """raw `[..., batch, out]`, target `[..., batch, out]` -> `[..., batch]`."""
    r = (raw - target).abs()
    near = r.clamp(max=delta)
    # near^2 / 2 + delta (r - near) is both branches at once: no gradient of a branch not taken
    return (near.square() / 2 + delta * (r - near)).mean(-1)


def huber_loss(delta: float = 1.0) -> Loss:
    """The loss that is squared up to `delta` standard deviations of the target, delta > 0."""
    return Loss(
        name="huber",
        function=huber if delta == 1.0 else partial(huber, delta=delta),
        width=lambda out: out,
        predict=lambda raw: Predictive(mean=raw),
        tasks=(Task.REGRESSION,),
        located=True,
    )


HUBER = huber_loss()
