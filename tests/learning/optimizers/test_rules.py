"""Each optimizer equals its namesake in torch.optim, member by member."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from isinglass.learning.optimizers import OPTIMIZERS
from isinglass.learning.optimizers.rules import FUSED, Move, equal_runs
from isinglass.learning.plans.update import clip_
from isinglass.recipe import OptimizerRecipe

STEPS, MEMBERS, SIZE = 300, 3, 7
CASES = [
    ("sgd", {}, {}),
    ("sgd", {"momentum": 0.9}, {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "nesterov": True}, {"momentum": 0.9, "nesterov": True}),
    ("rmsprop", {"alpha": 0.95}, {"alpha": 0.95}),
    ("rmsprop", {"momentum": 0.7}, {"momentum": 0.7}),
    ("adagrad", {"epsilon": 1e-10}, {"eps": 1e-10}),
    ("adam", {}, {}),
    ("adam", {"betas": (0.8, 0.95), "epsilon": 1e-6}, {"betas": (0.8, 0.95), "eps": 1e-6}),
    ("adamw", {}, {}),
]
TORCH = {
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}


def slope(theta: Tensor, step: int) -> Tensor:
    """A gradient that is neither constant nor convex's."""
    return theta.sin() + 0.1 * torch.cos(theta * (1 + step % 7))


@pytest.mark.parametrize(("kind", "ours", "theirs"), CASES)
@pytest.mark.parametrize("decay", [0.0, 0.05])
@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_equals_torch(kind: str, ours: dict, theirs: dict, decay: float, alike: bool, dtype: torch.dtype) -> None:
    recipe = OptimizerRecipe(kind=kind, **ours)
    start = torch.randn(MEMBERS, SIZE, dtype=dtype, generator=torch.Generator().manual_seed(1))
    rates = torch.full((MEMBERS,), 0.01, dtype=dtype) if alike else torch.tensor([0.01, 0.03, 0.002], dtype=dtype)
    decays = torch.full((MEMBERS, 1), decay, dtype=dtype)
    theta, slots = start.clone(), OPTIMIZERS[kind].init(start, recipe)
    count = torch.zeros(MEMBERS, 1, dtype=dtype)
    runs = equal_runs(rates[None], torch.zeros(MEMBERS))
    numbers = [float(rates[start]) for start, _ in runs]
    for step in range(STEPS):
        count += 1
        move = Move(theta, slope(theta, step), slots, count, rates[:, None], decays if decay else None, runs, numbers)
        OPTIMIZERS[kind].step(move, recipe)
    tolerance = 1e-11 if dtype is torch.float64 else 2e-5
    for member in range(MEMBERS):
        expected = _torch(kind, start[member], float(rates[member]), decay, theirs)
        torch.testing.assert_close(theta[member], expected, rtol=tolerance, atol=tolerance)


def _torch(kind: str, start: Tensor, rate: float, decay: float, options: dict) -> Tensor:
    theta = start.clone().requires_grad_()
    optimizer = TORCH[kind]([theta], lr=rate, weight_decay=decay, **options)
    for step in range(STEPS):
        theta.grad = slope(theta.detach(), step)
        optimizer.step()
    return theta.detach()


def test_fused_equals_plain_for_members_of_any_size() -> None:
    recipe = OptimizerRecipe(kind="adam")
    start = torch.randn(2, FUSED, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    rates, results = torch.tensor([0.01, 0.02], dtype=torch.float64), []
    for part in (start, start[:, :50].contiguous()):
        theta, slots = part.clone(), OPTIMIZERS["adam"].init(part, recipe)
        runs = equal_runs(rates[None], torch.zeros(2))
        for step in range(5):
            count = torch.full((2, 1), step + 1.0, dtype=torch.float64)
            move = Move(theta, slope(theta, step), slots, count, rates[:, None], None, runs, rates.tolist())
            OPTIMIZERS["adam"].step(move, recipe)
        results.append(theta[:, :50])
    torch.testing.assert_close(results[0], results[1], rtol=1e-12, atol=1e-14)


def test_equal_runs_joins_neighbours_with_equal_rates_and_steps() -> None:
    rates = torch.tensor([[0.1, 0.1, 0.2, 0.1], [0.1, 0.1, 0.2, 0.1]])
    assert equal_runs(rates, torch.tensor([5, 5, 5, 5])) == ((0, 2), (2, 3), (3, 4))
    assert equal_runs(rates[:, :2], torch.tensor([5, 4])) == ((0, 1), (1, 2))


def test_clipping_equals_torch_and_is_each_members_own() -> None:
    gradient = torch.randn(3, 5, generator=torch.Generator().manual_seed(1)) * torch.tensor([[0.01], [1.0], [100.0]])
    expected = []
    for row in gradient:
        parameter = torch.zeros(5, requires_grad=True)
        parameter.grad = row.clone()
        torch.nn.utils.clip_grad_norm_([parameter], 0.5)
        expected.append(parameter.grad)
    clip_(gradient, 0.5)
    torch.testing.assert_close(gradient, torch.stack(expected))
