"""Negative log-likelihood of amounts that are often exactly 0: rain, catches, claims.

Whether there is any is one question, how much another (a hurdle model): y is 0 with probability 1 - p, and else follows
a gamma distribution of mean m and shape k, all three functions of the input:

    l(z, y) = -log(1 - p)                                                             where y = 0
    l(z, y) = -log p - k log(k / m) - (k - 1) log y + k y / m + log Gamma(k)          where y > 0,

mean over out. Targets are divided by their standard deviation, but not centred: 0 stays 0. Mean and variance are

    E y = p m,      var y = p m^2 (1 / k + 1 - p),

and no band goes below 0. Raw layout `[a_1 .. a_out, b_1 .. b_out, c_1 .. c_out]`: p = sigmoid(a),
m = softplus(b + log(e - 1)) + 0.01, k = softplus(c + log(e - 1)) + 0.05; at 0 the amounts are nearly exponential with
the mean 1. The floors keep a likelihood finite where amounts are nearly constant or next to nothing.

References: Stern and Coe (1984), A model fitting analysis of daily rainfall data, doi:10.2307/2981736 (rain or none,
and gamma amounts); Mullahy (1986), doi:10.1016/0304-4076(86)90002-3 (hurdle models).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from isinglass.objective.losses.gaussian import SHIFT
from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task

LEAST_MEAN, LEAST_SHAPE = 0.01, 0.05


def split(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """raw `[..., batch, 3 out]` -> the logit of p, m and k, each `[..., batch, out]`."""
    logit, mean, shape = raw.unflatten(-1, (3, raw.shape[-1] // 3)).unbind(-2)
    return logit, softplus(mean + SHIFT) + LEAST_MEAN, softplus(shape + SHIFT) + LEAST_SHAPE


def zero_inflated_gamma(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, 3 out]`, target `[..., batch, out]` not negative -> `[..., batch]`."""
    logit, mean, shape = split(raw)
    some = target > 0
    y = torch.where(some, target, 1.0)  # a logarithm of 0 would spoil the gradient of the branch that is not taken
    amount = torch.lgamma(shape) - shape * (shape / mean).log() - (shape - 1) * y.log() + shape * y / mean
    return torch.where(some, softplus(-logit) + amount, softplus(logit)).mean(-1)


def predict(raw: Tensor) -> Predictive:
    """Mean and variance, zeros included."""
    logit, mean, shape = split(raw)
    p = logit.sigmoid()
    return Predictive(mean=p * mean, variance=p * mean.square() * (1 / shape + 1 - p) + LEAST_MEAN**2)


ZERO_INFLATED_GAMMA = Loss(
    name="zero_inflated_gamma",
    function=zero_inflated_gamma,
    width=lambda out: 3 * out,
    predict=predict,
    tasks=(Task.REGRESSION,),
    centred=False,
    lowest=0.0,
)
