"""Schedules equal torch's where torch has them."""

from __future__ import annotations

import warnings

import pytest
import torch
from torch.optim import SGD, lr_scheduler

from isinglass.learning.optimizers.schedules import SCHEDULES, factors
from isinglass.recipe import ScheduleRecipe

N = 97


def rates_of(make: object) -> torch.Tensor:
    """The rates that a torch scheduler sets, for a base rate of 1."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = make(optimizer)  # pyright: ignore[reportCallIssue]
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns that nothing was optimised
        for _ in range(N):
            out.append(optimizer.param_groups[0]["lr"])
            scheduler.step()
    return torch.tensor(out, dtype=torch.float64)


@pytest.mark.parametrize(
    ("recipe", "make"),
    [
        ({"kind": "constant"}, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        ({"kind": "step", "every": 0.2, "factor": 0.5}, lambda o: lr_scheduler.StepLR(o, round(0.2 * N), 0.5)),
        ({"kind": "exponential", "factor": 0.01}, lambda o: lr_scheduler.ExponentialLR(o, 0.01 ** (1 / N))),
        ({"kind": "cosine", "factor": 0.05}, lambda o: lr_scheduler.CosineAnnealingLR(o, N, eta_min=0.05)),
        (
            {"kind": "one_cycle", "peak": 0.3},
            lambda o: lr_scheduler.OneCycleLR(o, max_lr=1.0, total_steps=N + 1, pct_start=0.3, cycle_momentum=False),
        ),
    ],
)
def test_equals_torch(recipe: dict, make: object) -> None:
    ours = factors(ScheduleRecipe(**recipe), N + (recipe["kind"] == "one_cycle"))[:N]
    torch.testing.assert_close(ours, rates_of(make), rtol=1e-9, atol=1e-12)


def test_warm_up_rises_linearly_and_multiplies_the_schedule() -> None:
    warm = factors(ScheduleRecipe(kind="cosine", warmup=0.1), 100)
    plain = factors(ScheduleRecipe(kind="cosine"), 100)
    torch.testing.assert_close(warm[:10], plain[:10] * torch.arange(1, 11) / 10)
    torch.testing.assert_close(warm[10:], plain[10:])


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 1000])
def test_every_factor_is_a_factor(kind: str, steps: int) -> None:
    values = factors(ScheduleRecipe(kind=kind), steps)  # pyright: ignore[reportArgumentType]
    assert values.shape == (steps,)
    assert bool(((values > 0) & (values <= 1)).all())


def test_one_cycle_rises_and_then_falls() -> None:
    values = factors(ScheduleRecipe(kind="one_cycle", peak=0.3), 100)
    top = int(values.argmax())
    assert top == 29
    assert bool((values[: top + 1].diff() > 0).all())
    assert bool((values[top:].diff() < 0).all())
