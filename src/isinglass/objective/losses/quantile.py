"""Pinball loss of several quantiles that cannot cross.

l(z, y) = mean over out and levels t of max(t (y - q_t), (t - 1) (y - q_t))

The level nearest to 1/2 is the anchor, a raw output as it stands; each further level lies softplus(raw) above or
below its neighbour. Raw layout: the anchors of all targets, then the steps of the lowest level for all targets, and so
on upwards with the anchor left out: `[anchor_1 .. anchor_out, step_(level 1, target 1) ..]`.

Reference: Koenker and Bassett (1978), Regression quantiles, doi:10.2307/1913643.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import softplus

from isinglass.errors import RecipeError
from isinglass.objective.losses.loss import Loss, Predictive
from isinglass.spec import Task
from isinglass.tensors import constant

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


def anchor(levels: tuple[float, ...]) -> int:
    """Index of the level nearest to 1/2."""
    return min(range(len(levels)), key=lambda i: abs(levels[i] - 0.5))


def quantiles(raw: Tensor, *, levels: tuple[float, ...]) -> Tensor:
    """raw `[..., batch, level * out]` -> rising quantiles `[..., batch, out, level]`."""
    table = raw.unflatten(-1, (len(levels), -1)).transpose(-1, -2)
    below = anchor(levels)
    centre, steps = table[..., :1], softplus(table[..., 1:])
    down = centre - steps[..., :below].flip(-1).cumsum(-1).flip(-1)
    up = centre + steps[..., below:].cumsum(-1)
    return torch.cat((down, centre, up), dim=-1)


def pinball(raw: Tensor, target: Tensor, *, levels: tuple[float, ...]) -> Tensor:
    """raw `[..., batch, level * out]`, target `[..., batch, out]` -> `[..., batch]`."""
    error = target.unsqueeze(-1) - quantiles(raw, levels=levels)
    level = constant(levels, raw.dtype, raw.device)
    return (level * error + (-error).clamp(min=0)).mean((-1, -2))


def predict(raw: Tensor, *, levels: tuple[float, ...]) -> Predictive:
    """The quantiles; the point prediction is the one nearest to the median."""
    found = quantiles(raw, levels=levels)
    return Predictive(mean=found[..., anchor(levels)], quantiles=found, levels=levels)


def quantile_loss(levels: tuple[float, ...] = LEVELS) -> Loss:
    """The loss for the given levels, strictly rising between 0 and 1. Raises RecipeError otherwise."""
    rising = all(low < high for low, high in zip((0.0, *levels), (*levels, 1.0), strict=True))
    if not levels or not rising:
        raise RecipeError(
            "quantile levels must rise strictly between 0 and 1", where="objective.quantiles", given=list(levels)
        )
    return Loss(
        name="quantile",
        function=partial(pinball, levels=levels),
        width=lambda out: len(levels) * out,
        predict=partial(predict, levels=levels),
        tasks=(Task.REGRESSION,),
    )


QUANTILE = quantile_loss()
