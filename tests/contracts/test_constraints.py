"""What every constraint of the registry keeps: exact at any weights, in both precisions, with true gradients."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from practice import THERE
from tape import replayed
from torch import Tensor

from isinglass.objective.constraints import CONSTRAINTS, Bounds, Columns, Constraint, Converted, Laws, laws
from isinglass.recipe import ConstraintRecipe

TARGETS = ("rain", "snow", "runoff", "storage")
LAW = ((1.0, 2.0, 0.0, -1.0), (0.0, 1.0, 1.0, 3.0))
RECIPES: dict[str, tuple[ConstraintRecipe, ...]] = {
    "positive": (ConstraintRecipe(kind="positive"),),
    "bounds": (ConstraintRecipe(kind="bounds", columns=("snow", "rain"), lower=-1, upper=2),),
    "bounds, upper only": (ConstraintRecipe(kind="bounds", columns=("snow",), upper=2),),
    "sum_to_total": (ConstraintRecipe(kind="sum_to_total", total="inflow"),),
    "sum_to_total, number": (ConstraintRecipe(kind="sum_to_total", columns=("rain", "runoff"), total=1.0),),
    "linear": (ConstraintRecipe(kind="linear", matrix=LAW, right_side=(2.0, "inflow")),),
    "linear, residual": (
        ConstraintRecipe(kind="linear", matrix=LAW, right_side=({"inflow": 2.0, "p": -1.0}, 0.0), form="residual"),
    ),
    "linear, by sample": (
        ConstraintRecipe(kind="linear", columns=("storage", "snow"), matrix=(("p", 2.0),), right_side=("inflow",)),
    ),
    "linear, residual, by sample": (
        ConstraintRecipe(
            kind="linear", matrix=(("p", 1.0, 1.0, 0.5),), right_side=("inflow",), form="residual", solve_for=("rain",)
        ),
    ),
    "linear, formulas": (
        ConstraintRecipe(
            kind="linear",
            matrix=(("2 * p + 1", 1.0, "-p ** 2", 0.5),),
            right_side=({"inflow / (p + 1)": 2.0, "p": -1.0},),
        ),
    ),
    "converted": (
        ConstraintRecipe(
            kind="linear",
            columns=("rain", "snow", "runoff"),
            matrix=((1.0, 2.0, 1.0),),
            right_side=("inflow",),
            convert={"snow": "(exp(snow / 40) - exp(-snow / 40)) * 9"},
            back={"snow": "40 * log(snow / 18 + sqrt((snow / 18) ** 2 + 1))"},
        ),
    ),
    "converted, residual": (
        ConstraintRecipe(
            kind="linear",
            columns=("rain", "runoff"),
            matrix=(("p", 1.0),),
            right_side=("inflow",),
            form="residual",
            solve_for=("runoff",),
            convert={"runoff": "runoff * exp(rain / 50) * p"},
            back={"runoff": "runoff / (exp(rain / 50) * p)"},
        ),
    ),
    "positive and sum": (
        ConstraintRecipe(kind="positive"),
        ConstraintRecipe(kind="sum_to_total", columns=("rain", "snow", "runoff"), total="inflow"),
    ),
    "bounds beside a law": (
        ConstraintRecipe(kind="bounds", columns=("rain",), lower=0, upper=1),
        ConstraintRecipe(kind="linear", columns=("snow", "runoff"), matrix=((1.0, 1.0),), right_side=("p",)),
    ),
}
EVERY = pytest.mark.parametrize("law", [pytest.param(laws(r, TARGETS), id=name) for name, r in RECIPES.items()])


def case(*lead: int, dtype: torch.dtype = torch.float64, size: float = 30.0) -> tuple[Tensor, Columns]:
    rng = torch.Generator().manual_seed(1)
    columns = {"p": torch.rand(lead, generator=rng) + 0.5, "inflow": torch.rand(lead, generator=rng) * 9 + 1}
    y = size * torch.randn(*lead, 4, generator=rng, dtype=torch.float64)
    return y.to(dtype), {name: column.to(dtype) for name, column in columns.items()}


def test_every_kind_is_here() -> None:
    assert {recipe.kind for recipes in RECIPES.values() for recipe in recipes} == set(CONSTRAINTS)


@EVERY
@pytest.mark.parametrize("scaled", [False, True])
def test_exact_in_float64(law: Constraint, scaled: bool) -> None:
    y, columns = case(3, 50)
    out = law(y, columns, torch.tensor([0.3, 1.0, 2.0, 5.0]) if scaled else None)
    assert out.shape == y.shape
    assert out.dtype == torch.float64
    assert law.residual(out, columns).abs().max() <= 1e-10


@EVERY
def test_exact_in_float32(law: Constraint) -> None:
    y, columns = case(3, 50, dtype=torch.float32)
    out = law(y, columns)
    assert out.dtype == torch.float32
    assert law.residual(out, columns).abs().max() <= 1e-4 * out.abs().max()


@EVERY
def test_the_same_on_another_device(law: Constraint) -> None:
    y, columns = case(3, 50)
    moved = {name: column.to(THERE) for name, column in columns.items()}
    for scale in (None, torch.tensor([0.5, 1.0, 2.0, 1.0], dtype=torch.float64)):
        found = replayed(partial(law, y.to(THERE), moved, None if scale is None else scale.to(THERE)))
        torch.testing.assert_close(found.cpu(), law(y, columns, scale))


@EVERY
def test_other_outputs_pass(law: Constraint) -> None:
    y, columns = case(20)
    free = [i for i in range(4) if i not in law.indices]
    assert torch.equal(law(y, columns)[:, free], y[:, free])


@EVERY
def test_gradient_equals_the_numerical_one(law: Constraint) -> None:
    y, columns = case(2, 4, size=1.0)
    scale = torch.tensor([0.5, 1.0, 2.0, 1.0], dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda y: law(y, columns, scale), (y.requires_grad_(),))


@EVERY
def test_unit_is_the_spread_of_the_residual(law: Laws) -> None:
    """Against drawn outputs: exact for laws linear in y, the size of a strayed output for bounds."""
    rng, scale = torch.Generator().manual_seed(2), torch.tensor([0.3, 1.0, 2.0, 0.5], dtype=torch.float64) * 1e-3
    start, columns = case(5, size=1.0)
    start = law(start, columns)
    y = start + scale * torch.randn(40_000, 5, 4, generator=rng, dtype=torch.float64)
    unit = law.unit(start, columns, scale)
    assert bool((unit > 0).all())
    for item, part in zip(law.items, unit.split([law_rows(i, start, columns) for i in law.items], dim=-1), strict=True):
        if not isinstance(item, Bounds):
            drawn = item.residual(y, columns).std(0)
            torch.testing.assert_close(drawn, part.expand_as(drawn), rtol=0.05, atol=0)


def law_rows(item: Constraint, y: Tensor, columns: Columns) -> int:
    return item.residual(y, columns).shape[-1]


@EVERY
def test_vmap_over_members(law: Constraint) -> None:
    y, columns = case(3, 5)
    scale = torch.rand(3, 1, 4, dtype=torch.float64) + 0.5
    torch.testing.assert_close(torch.vmap(law)(y, columns, scale), law(y, columns, scale))


@EVERY
def test_one_row_alone_equals_the_row_in_a_batch(law: Constraint) -> None:
    y, columns = case(6)
    alone = law(y[2:3], {name: column[2:3] for name, column in columns.items()})
    torch.testing.assert_close(alone, law(y, columns)[2:3])


@EVERY
def test_settling_removes_round_off_and_nothing_else(law: Constraint) -> None:
    y, columns = case(40)
    out = law(y, columns)
    torch.testing.assert_close(law.settle(out, columns), out)
    rough = out.float().double()
    assert law.residual(law.settle(rough, columns), columns).abs().max() <= 1e-10


@EVERY
def test_data_that_obey_pass_the_check_without_a_note(law: Constraint) -> None:
    y, columns = case(30)
    assert law.check(law(y, columns), columns) == ()


@EVERY
def test_the_mean_of_members_obeys_too(law: Laws) -> None:
    y, columns = case(5, 30)
    columns = {name: column[0] for name, column in columns.items()}
    mean = law(y, columns).mean(0)
    if any(isinstance(item, Converted) for item in law.items):  # not linear in the outputs: the mean is settled
        assert law.residual(mean, columns).abs().max() > 1e-3
        mean = law.settle(mean, columns)
    assert law.residual(mean, columns).abs().max() <= 1e-10
