"""Poisson negative log-likelihood of counts.

l(z, y) = mean over out of exp(z) - y z + log y!     with the rate exp(z)

The targets are counts as they stand, 0, 1, 2, ...: they must not be standardised.
Reference: McCullagh and Nelder (1989), Generalized Linear Models, chapter 6.
"""

from __future__ import annotations

import torch
from torch import Tensor

from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task


def poisson(raw: Tensor, target: Tensor) -> Tensor:
    """raw `[..., batch, out]` (log of the rate), target `[..., batch, out]` (counts) -> `[..., batch]`."""
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
