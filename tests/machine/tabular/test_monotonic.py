"""Machines that rise or fall with chosen inputs: at any weights, far outside too, trained or not; every refusal."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor, nn

import isinglass as ig
from isinglass.errors import MachineError, RecipeError
from isinglass.machine import build
from isinglass.machine.defaults import resolve
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task

NAMES = ("dose", "age", "price", "site")
SHAPE = Shape(5, 4, (3,), names=(*NAMES, ""), located=2)
RECIPE = MachineRecipe(
    kind="monotonic", hidden=(9, 8, 7), increasing=("dose", "site"), decreasing=("price",), dropout=0.2
)
SIGNS = {0: 1, 2: -1, 3: 1}
EVERY = pytest.mark.parametrize("dtype", [torch.float64, torch.float32])


def rows(count: int, size: float, dtype: torch.dtype) -> Tensor:
    rng = torch.Generator().manual_seed(3)
    numeric = size * torch.randn(count, 4, generator=rng, dtype=torch.float64)
    return torch.cat((numeric, torch.randint(0, 3, (count, 1), generator=rng)), dim=1).to(dtype)


def wildly(machine: nn.Module, seed: int) -> nn.Module:
    """Other weights, some of them large: the promise is the form's, not the initial weights'."""
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in machine.parameters():
            parameter.mul_(3 * torch.randn(parameter.shape, generator=rng))
    return machine.eval()


def falls(machine: nn.Module, x: Tensor, feature: int, by: float, outputs: int = 2) -> float:
    """By how much, relative to the size of outputs, the worst output moves against its sign."""
    further = x.clone()
    further[:, feature] += by * torch.rand(len(x), generator=torch.Generator().manual_seed(8)).to(x)
    with torch.no_grad():
        before, after = machine(x)[:, :outputs], machine(further)[:, :outputs]
    assert bool((before != after).any())
    worst = (SIGNS[feature] * (before - after)).max()
    return max(0.0, float(worst / before.abs().max()))


@EVERY
@pytest.mark.parametrize("size", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("feature", SIGNS)
def test_rises_for_any_weights_and_far_outside(dtype: torch.dtype, size: float, feature: int) -> None:
    limit = 1e-14 if dtype is torch.float64 else 1e-6
    for seed in range(3):
        machine = wildly(build(RECIPE, SHAPE, seed=seed).to(dtype), seed)
        assert falls(machine, rows(4000, size, dtype), feature, by=size) <= limit


def test_free_inputs_and_sigma_go_both_ways() -> None:
    machine, x = build(RECIPE, SHAPE, seed=0).double().eval(), rows(2000, 1.0, torch.float64)
    for feature, outputs in ((1, slice(0, 2)), (0, slice(2, 4)), (2, slice(2, 4))):
        further = x.clone()
        further[:, feature] += 1
        with torch.no_grad():
            step = (machine(further) - machine(x))[:, outputs]
        assert bool((step > 0).any())
        assert bool((step < 0).any())


@pytest.mark.slow
def test_can_be_convex_concave_and_neither() -> None:
    """One machine learns exp, its inverse and a step to a hundredth of their spread."""
    x = torch.linspace(-2, 2, 200, dtype=torch.float64)[:, None]
    y = torch.cat((x.exp(), -(-x).exp(), (4 * x).tanh()), dim=1)
    y = (y - y.mean(0)) / y.std(0)
    recipe = MachineRecipe(kind="monotonic", hidden=(24, 24), increasing=("x",))
    machine = build(recipe, Shape(1, 3, names=("x",)), seed=0).double()
    optimizer = torch.optim.Adam(machine.parameters(), lr=0.01)
    for _ in range(400):
        optimizer.zero_grad()
        loss = (machine(x) - y).square().mean()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 1e-3


@pytest.mark.slow
def test_a_study_keeps_the_promise_where_an_ordinary_machine_breaks_it(tmp_path) -> None:
    rng = np.random.default_rng(0)
    dose, age = rng.uniform(0, 4, 150), rng.normal(size=150)
    table = pl.DataFrame({"dose": dose, "age": age, "effect": np.tanh(dose - 2) + 0.3 * age**2 + rng.normal(size=150)})
    steps = np.repeat(np.linspace(-20, 30, 400), 3)
    asked = pl.DataFrame({"dose": steps, "age": np.tile([-1.0, 0.0, 5.0], 400)})

    def worst(kind: str, **more) -> tuple[float, ig.Model]:
        settings = {
            "machine.kind": kind,
            "learning.members": 2,
            "learning.epochs": 40,
            "evaluation.baselines": "none",
            **more,
        }
        model = ig.fit(table, "effect", settings=settings)
        curves = model.predict(asked).mean.reshape(400, 3)
        return float(np.diff(curves, axis=0).min()), model

    assert worst("mlp")[0] < -1e-3
    least, model = worst("monotonic", **{"machine.increasing": ["dose"]})
    assert least >= -1e-6
    model.save(tmp_path / "m.isinglass")
    again = ig.load(tmp_path / "m.isinglass").predict(asked).mean
    np.testing.assert_array_equal(again, model.predict(asked).mean)


BAD = {
    "none": ({"increasing": (), "decreasing": ()}, "needs columns to be monotonic in"),
    "unknown": ({"increasing": ("weight",)}, "not a numeric feature.*Given: weight.*dose, age, price, site"),
    "both": ({"increasing": ("price",)}, "cannot rise and fall.*price"),
    "too narrow": ({"hidden": (2,)}, "three units or more"),
    "batch norm": ({"normalization": "batch"}, "break monotonicity.*batch"),
    "residual": ({"residual": True}, "break monotonicity.*residual"),
    "other machine": ({"kind": "mlp"}, "only the monotonic machine"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name: str) -> None:
    changes, message = BAD[name]
    with pytest.raises(MachineError, match=f"(?s){message}"):
        build(RECIPE.model_copy(update=changes), SHAPE, seed=0)


def test_classes_are_refused() -> None:
    with pytest.raises(MachineError, match="cannot all rise"):
        build(RECIPE, SHAPE, seed=0, task=Task.CLASSIFICATION)


def test_an_unknown_column_of_a_table_is_a_fault_of_the_recipe() -> None:
    table = pl.DataFrame({"a": [i % 5 / 2 for i in range(60)], "b": [i % 7 / 2 for i in range(60)], "y": range(60)})
    settings = {"machine.kind": "monotonic", "machine.increasing": "c"}
    with pytest.raises(RecipeError, match=r"not a numeric feature.*Given: c.*Allowed: a, b"):
        ig.fit(table, "y", settings=settings)


def test_auto_is_resolved() -> None:
    recipe = resolve(MachineRecipe(kind="monotonic", increasing=("x",)), Shape(1, 1, names=("x",)))
    assert build(recipe, Shape(1, 1, names=("x",)), seed=0)(torch.zeros(2, 1)).shape == (2, 1)
