"""Negative log-likelihood of Student's t: location, scale and degrees of freedom, all functions of the input.

With t = (y - mu) / sigma, l(z, y) = mean over out of
    log sigma + log(nu pi) / 2 + lgamma(nu / 2) - lgamma((nu + 1) / 2) + (nu + 1) / 2 log(1 + t^2 / nu)

Raw layout `[mu_1 .. mu_out, s_1 .. s_out, v_1 .. v_out]`: sigma as in the Gaussian loss, and
nu = 2.1 + softplus(v + 4): 6.1 at v = 0, and never so small that the variance sigma^2 nu / (nu - 2) is infinite.

Reference: Lange, Little and Taylor (1989), Robust statistical modeling using the t distribution,
doi:10.1080/01621459.1989.10478852.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import softplus

from isinglass.objective.losses import gaussian
from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task

NU_FLOOR = 2.1
NU_SHIFT = 4.0


def split(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """raw `[..., batch, 3 out]` -> mu, sigma, nu, each `[..., batch, out]`."""
    out = raw.shape[-1] // 3
    mean, sigma = gaussian.split(raw[..., : 2 * out])
    return mean, sigma, NU_FLOOR + softplus(raw[..., 2 * out :] + NU_SHIFT)


def student_t(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, 3 out]`, target `[..., batch, out]` -> `[..., batch]`."""
    mean, sigma, nu = split(raw)
    t = (target - mean) / sigma
    constant = 0.5 * (nu * math.pi).log() + torch.lgamma(nu / 2) - torch.lgamma((nu + 1) / 2)
    return (sigma.log() + constant + (nu + 1) / 2 * torch.log1p(t.square() / nu)).mean(-1)


def predict(raw: Tensor) -> Predictive:
    """Mean and variance."""
    mean, sigma, nu = split(raw)
    return Predictive(mean=mean, variance=sigma.square() * nu / (nu - 2))


STUDENT_T = Loss(
    name="student_t",
    function=student_t,
    width=lambda out: 3 * out,
    predict=predict,
    tasks=(Task.REGRESSION,),
    located=True,
)
