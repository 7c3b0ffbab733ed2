"""Learning-rate schedules: one factor of the base rate for each step, known before the first step.

`k` counts steps from 0, `n` is their number. With warm-up the first `warmup * n` factors rise linearly.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from isinglass.recipe import ScheduleRecipe

Schedule = Callable[[Tensor, int, ScheduleRecipe], Tensor]
"""`schedule(k [step], n, recipe) -> factors [step]`."""

START, END = 1 / 25, 1 / 25 / 1e4  # one-cycle's first and last factor, torch's defaults


def constant(k: Tensor, n: int, recipe: ScheduleRecipe) -> Tensor:
    """1."""
    return torch.ones_like(k)


def step(k: Tensor, n: int, recipe: ScheduleRecipe) -> Tensor:
    """factor^floor(k / s), s = every * n steps."""
    return recipe.factor ** torch.floor(k / max(1, round(recipe.every * n)))


def exponential(k: Tensor, n: int, recipe: ScheduleRecipe) -> Tensor:
    """factor^(k / n)."""
    return recipe.factor ** (k / n)


def cosine(k: Tensor, n: int, recipe: ScheduleRecipe) -> Tensor:
    """factor + (1 - factor) (1 + cos(pi k / n)) / 2.

    Reference: Loshchilov and Hutter (2017), SGDR, arXiv:1608.03983.
    """
    return recipe.factor + (1 - recipe.factor) * (1 + torch.cos(torch.pi * k / n)) / 2


def one_cycle(k: Tensor, n: int, recipe: ScheduleRecipe) -> Tensor:
    """Up from 1/25 to 1 at `peak * n`, then down to 4e-6, both halves of a cosine.

    Reference: Smith and Topin (2018), Super-convergence, arXiv:1708.07120.
    """
    top = recipe.peak * n - 1
    rise = _half_cosine(START, 1.0, (k / max(top, 1e-9)).clamp(0, 1))
    fall = _half_cosine(1.0, END, ((k - top) / max(n - 1 - top, 1e-9)).clamp(0, 1))
    return torch.where(k <= top, rise, fall)


def _half_cosine(start: float, end: float, part: Tensor) -> Tensor:
    return end + (start - end) * (1 + torch.cos(torch.pi * part)) / 2


def triangular(k: Tensor, n: int, recipe: ScheduleRecipe) -> Tensor:
    """Linearly up from 1 / (peak n) to 1 at step `peak * n`, then linearly down towards 0 after the last step.

    Reference: Smith (2017), Cyclical learning rates for training neural networks, doi:10.1109/WACV.2017.58.
    """
    top = max(recipe.peak * n, 1.0)
    return torch.minimum((k + 1) / top, (n - k) / max(n - top + 1, 1.0)).clamp(max=1.0)


SCHEDULES: dict[str, Schedule] = {
    "constant": constant,
    "step": step,
    "exponential": exponential,
    "cosine": cosine,
    "one_cycle": one_cycle,
    "triangular": triangular,
}


def factors(recipe: ScheduleRecipe, steps: int) -> Tensor:
    """The factor of the base rate at each of `steps` steps: float64 `[step]`; `kind` is not "auto"."""
    k = torch.arange(steps, dtype=torch.float64)
    rise = round(recipe.warmup * steps)
    return SCHEDULES[recipe.kind](k, steps, recipe) * ((k + 1) / max(rise, 1)).clamp(max=1.0)
