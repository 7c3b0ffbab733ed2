"""Losses of numbers: squared, absolute, Huber, and of counts."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task


def squared(raw: Tensor, target: Tensor) -> Tensor:
    """Squared error.

    l(z, y) = mean over out of (y - z)^2. Its minimum is the conditional mean.

    raw `[..., batch, out]`, target `[..., batch, out]` -> `[..., batch]`.
    """
    return (raw - target).square().mean(-1)


SQUARED = Loss(
    name="squared",
    function=squared,
    width=lambda out: out,
    predict=lambda raw: Predictive(mean=raw),
    tasks=(Task.REGRESSION,),
    located=True,
)


def absolute(raw: Tensor, target: Tensor) -> Tensor:
    """Absolute error.

    l(z, y) = mean over out of |y - z|. Its minimum is the conditional median. The subgradient at y = z is 0.

    raw `[..., batch, out]`, target `[..., batch, out]` -> `[..., batch]`.
    """
    return (raw - target).abs().mean(-1)


ABSOLUTE = Loss(
    name="absolute",
    function=absolute,
    width=lambda out: out,
    predict=lambda raw: Predictive(mean=raw),
    tasks=(Task.REGRESSION,),
    located=True,
)


def huber(raw: Tensor, target: Tensor, *, delta: float = 1.0) -> Tensor:
    """Huber's loss: squared near the target, absolute far from it.

    With r = |y - z|: l = mean over out of r^2 / 2 where r <= delta, else delta (r - delta / 2).

    delta (`objective.delta`) is in standard deviations of a standardised target. Reference: Huber (1964), Robust
    estimation of a location parameter, doi:10.1214/aoms/1177703732.

    raw `[..., batch, out]`, target `[..., batch, out]` -> `[..., batch]`.
    """
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


def poisson(raw: Tensor, target: Tensor) -> Tensor:
    """Poisson negative log-likelihood of counts.

    l(z, y) = mean over out of exp(z) - y z + log y!     with the rate exp(z)

    The targets are counts as they stand, 0, 1, 2, ...: they must not be standardised.
    Reference: McCullagh and Nelder (1989), Generalized Linear Models, chapter 6.

    raw `[..., batch, out]` (log of the rate), target `[..., batch, out]` (counts) -> `[..., batch]`.
    """
    return (raw.exp() - target * raw + torch.lgamma(target + 1)).mean(-1)


POISSON = Loss(
    name="poisson",
    function=poisson,
    width=lambda out: out,
    predict=lambda raw: Predictive(mean=raw.exp(), variance=raw.exp()),
    tasks=(Task.REGRESSION,),
    standardize=False,
    lowest=0.0,
)
