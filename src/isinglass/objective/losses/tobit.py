"""Censored Gaussian negative log-likelihood (Tobit): of some targets only a limit is known.

With z = (y - mu) / sigma, l = mean over out of
    log(2 pi sigma^2) / 2 + z^2 / 2     where the target is y,
    -log Phi(z)                         where it lies below y (a detection limit, `<1`),
    -log Phi(-z)                        where it lies above y (the end of a scale, `>2419.6`).

Phi is the normal distribution function; mu and sigma are those of the quantity itself, censored or not. Raw layout as
in the Gaussian loss, which it is where no target is censored. The targets are `[y_1 .. y_out, c_1 .. c_out]`, c = -1
below, 1 above and 0 where y is known; the c may be absent.

Early stopping watches the likelihood itself: a squared error, one-sided where only a limit is known, has its least
value at too flat a mean and too small a sigma. (400 rows of y = 2 x - 0.5 + noise of 1, half of them below 0, 8 linear
networks: slope 1.69 and sigma 0.86 in the middle, instead of 1.83 and 0.99.)

Reference: Tobin (1958), Estimation of relationships for limited dependent variables, Econometrica 26:24,
doi:10.2307/1907382.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from isinglass.objective.losses.gaussian import predict, split
from isinglass.objective.losses.loss import Loss
from isinglass.spec import Task


def log_phi(z: Tensor) -> Tensor:
    """log Phi(z), with a finite value and slope for any z: by erfcx below 0, where Phi itself would be 0."""
    root = math.sqrt(0.5)
    below = (torch.special.erfcx(-root * z.clamp(max=0.0)) / 2).log() - z.clamp(max=0.0).square() / 2
    above = torch.log1p(-torch.erfc(root * z.clamp(min=0.0)) / 2)
    return torch.where(z < 0, below, above)


def parts(raw: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Values and censoring, each `[..., batch, out]`."""
    out = raw.shape[-1] // 2
    value = target[..., :out]
    return value, target[..., out:] if target.shape[-1] > out else torch.zeros_like(value)


def tobit(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, 2 out]`, target `[..., batch, out]` or `[..., batch, 2 out]` -> `[..., batch]`."""
    mean, sigma = split(raw)
    value, censored = parts(raw, target)
    z = (value - mean) / sigma
    known = 0.5 * math.log(2 * math.pi) + sigma.log() + 0.5 * z.square()
    return torch.where(censored == 0, known, -log_phi(-censored * z)).mean(-1)


TOBIT = Loss(
    name="tobit",
    function=tobit,
    width=lambda out: 2 * out,
    predict=predict,
    tasks=(Task.REGRESSION,),
    located=True,
    censored=True,
)
