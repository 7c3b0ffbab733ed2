"""What the exact layers promise, on networks: at first and after training, on random inputs and far outside."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from isinglass.machine import build as build_machine
from isinglass.objective import build
from isinglass.objective.constraints import Head
from isinglass.recipe import ConstraintRecipe, MachineRecipe, ObjectiveRecipe
from isinglass.spec import Shape, Task

D = torch.float64
TARGETS = ("dq1", "dq2", "dt1", "dt2", "rain")
FEATURES = {"w1": 0, "w2": 1, "evaporation": 2, "heat": 3}
"""Water w1 dq1 + w2 dq2 + rain = evaporation, energy w1 dt1 + w2 dt2 - rain = heat: coefficients differ by sample."""
BUDGETS = ConstraintRecipe(
    kind="linear",
    matrix=(("w1", "w2", 0.0, 0.0, 1.0), (0.0, 0.0, "w1", "w2", -1.0)),
    right_side=("evaporation", "heat"),
    form="residual",
    solve_for=("dq2", "dt2"),
)


def column(count: int, size: float, seed: int = 0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    weights = 0.5 + torch.rand(count, 2, generator=rng, dtype=D)
    return torch.cat((weights, size * torch.randn(count, 2, generator=rng, dtype=D)), 1)


def head_of(*constraints: ConstraintRecipe) -> Head:
    found = build(ObjectiveRecipe(loss="squared", constraints=constraints), Task.REGRESSION, TARGETS).head(FEATURES)
    assert found is not None
    return found


def predicted(machine: torch.nn.Module, head: Head, x: Tensor, dtype: torch.dtype) -> Tensor:
    """As an ensemble asks its members: the network in its own precision, then float64 and the laws once more."""
    center, scale = torch.tensor([[3.0, -1.0, 0.5, 2.0, 7.0]]), torch.tensor([[2.0, 1.0, 0.3, 4.0, 5.0]])
    with torch.no_grad():
        raw = head(machine(x.to(dtype)), x.to(dtype), center.to(dtype), scale.to(dtype))
    mean = raw.double() * scale + center
    return head.laws.settle(mean, head.columns(x))


def residual(y: Tensor, x: Tensor) -> Tensor:
    """Both budgets once more, apart from the package; relative to their largest term."""
    w, q, t, rain = x[:, :2], y[:, 0:2], y[:, 2:4], y[:, 4]
    water = (w * q).sum(1) + rain - x[:, 2]
    energy = (w * t).sum(1) - rain - x[:, 3]
    size = torch.cat((w * q, w * t, rain[:, None], x[:, 2:]), 1).abs().amax(1).clamp(min=1)
    return torch.maximum(water.abs(), energy.abs()) / size


def train(machine: torch.nn.Module, head: Head, dtype: torch.dtype) -> None:
    """Towards targets that break the budgets."""
    x, one = column(500, 1.0, seed=5).to(dtype), torch.ones(1, 5, dtype=dtype)
    y = torch.randn(500, 5, generator=torch.Generator().manual_seed(6), dtype=D).to(dtype)
    optimizer = torch.optim.Adam(machine.parameters(), lr=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        (head(machine(x), x, 0 * one, one) - y).square().mean().backward()
        optimizer.step()


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float64, 1e-10), (torch.float32, 1e-10)])
def test_budgets_close_before_and_after_training_and_far_outside(dtype: torch.dtype, limit: float) -> None:
    head = head_of(BUDGETS)
    machine = build_machine(MachineRecipe(hidden=(16, 16), activation="silu"), Shape(4, 5), seed=0).to(dtype)
    for _ in range(2):
        for size in (1.0, 1e3, 1e6):
            x = column(4000, size, seed=int(size)).float().double()
            assert float(residual(predicted(machine, head, x, dtype), x).max()) <= limit
        train(machine, head, dtype)


def test_the_layer_alone_in_single_precision() -> None:
    """Without the second look in float64: what a network of float32 says by itself, relative to its terms."""
    head, x = head_of(BUDGETS), column(4000, 1.0).float()
    one = torch.ones(1, 5)
    machine = build_machine(MachineRecipe(hidden=(16, 16), activation="silu"), Shape(4, 5), seed=0)
    with torch.no_grad():
        y = head(machine(x), x, 0 * one, one)
    assert float(residual(y.double(), x.double()).max()) <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_ten_million_predictions_and_none_is_negative(dtype: torch.dtype) -> None:
    head = head_of(ConstraintRecipe(kind="positive"))
    machine = build_machine(MachineRecipe(hidden=(4,), activation="relu"), Shape(4, 5), seed=0).to(dtype)
    lowest, count = torch.inf, 0
    for block in range(20):
        x = column(50_000, 10.0 ** (block % 10 - 2), seed=block)
        y = predicted(machine, head, x, dtype)
        lowest, count = min(lowest, float(y.min())), count + y.numel()
        assert bool(torch.isfinite(y).all())
    assert count == 5_000_000  # twice, in both precisions
    assert lowest >= 0
