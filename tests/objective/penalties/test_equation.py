"""Differential equations as penalties: derivatives against formulas, units, drawn points, training, every refusal."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor

import isinglass as ig
from isinglass.errors import ConstraintError, RecipeError
from isinglass.objective import build
from isinglass.objective.penalties.equation import Sizes, equation
from isinglass.recipe import EquationRecipe, ObjectiveRecipe
from isinglass.types import Task

D = torch.float64
FEATURES = {"t": 0, "x": 2}
SIZES = Sizes(torch.tensor([2.0, 1.0], dtype=D), torch.tensor([0.5, 1.0, 4.0], dtype=D))


def wave(points: Tensor) -> Tensor:
    """u = exp(-t) sin(2 x), v = t^2 x; column 1 is of no concern."""
    t, x = points[:, 0], points[:, 2]
    return torch.stack(((-t).exp() * (2 * x).sin(), t**2 * x), 1)


def points(count: int = 40) -> Tensor:
    return torch.rand(count, 3, generator=torch.Generator().manual_seed(0), dtype=D) * 3


def heat(t: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.exp(-t) * np.sin(2 * x)


TRUE: dict[str, dict[str, object]] = {
    "heat equation": {"terms": {"du/dt": 1.0, "d2u/dx2": -0.25}},
    "with a formula": {"terms": {"du/dt": "x ** 2", "u": "x * x"}},
    "mixed": {"terms": {"d2v/dxdt": 1.0, "dv/dx": "-2 / t"}},
    "the other way round": {"terms": {"d2v/dtdx": 1.0}, "right_side": "2 * t"},
    "second in time": {"terms": {"d2v/dt2": 1.0}, "right_side": "2 * x"},
    "nonlinear": {"terms": {"dv/dx": "v"}, "right_side": "t ** 4 * x"},
    "two outputs": {"terms": {"du/dt": 1.0, "u": 1.0, "dv/dt": 0.5}, "right_side": "t * x"},
}


@pytest.mark.parametrize("name", TRUE)
def test_what_solves_the_equation_has_no_residual_and_no_penalty(name: str) -> None:
    found = equation(EquationRecipe(**TRUE[name]), ("u", "v"), FEATURES)  # pyright: ignore[reportArgumentType]
    torch.testing.assert_close(found.residual(wave, points()).detach(), torch.zeros(40, dtype=D), atol=1e-12, rtol=0)
    assert float(found.penalty(wave, points(), SIZES, seed=0, step=0).detach()) < 1e-24
    assert (
        float(
            found.penalty(
                lambda p: wave(p) * p[:, :1] ** 2 * p[:, 2:] ** 2 + 1, points(), SIZES, seed=0, step=0
            ).detach()
        )
        > 1e-3
    )


def test_residual_and_unit_by_hand() -> None:
    found = equation(EquationRecipe(terms={"du/dt": 3.0, "u": 1.0}, right_side="x"), ("u", "v"), FEATURES)
    p = points()
    u = heat(p[:, 0].numpy(), p[:, 2].numpy())
    residual = -3 * u + u - p[:, 2].numpy()
    np.testing.assert_allclose(found.residual(wave, p).detach().numpy(), residual, atol=1e-12)
    unit2 = (3 * 2 / 0.5) ** 2 + 2**2
    expected = (residual**2).mean() / unit2
    assert float(found.penalty(wave, p, SIZES, seed=0, step=0).detach()) == pytest.approx(expected, rel=1e-10)


def test_gradient_by_weights_equals_the_numerical_one() -> None:
    found = equation(EquationRecipe(terms={"du/dt": 1.0, "d2u/dx2": "u"}), ("u", "v"), FEATURES)

    def penalty(weights: Tensor) -> Tensor:
        return found.penalty(lambda p: (p @ weights).tanh(), points(7), SIZES, seed=0, step=0)

    weights = torch.randn(3, 2, dtype=D, requires_grad=True)
    assert torch.autograd.gradcheck(penalty, weights)


def test_points_are_drawn_within_their_range_and_follow_seed_and_step() -> None:
    seen: list[Tensor] = []

    def watched(p: Tensor) -> Tensor:
        seen.append(p.detach())
        return wave(p)

    found = equation(EquationRecipe(terms={"du/dt": 1.0}, ranges={"t": (5.0, 6.0)}), ("u", "v"), FEATURES)
    for seed, step in ((0, 0), (0, 0), (0, 1), (1, 0)):
        found.penalty(watched, points(), SIZES, seed=seed, step=step)
    assert torch.equal(seen[0], seen[1])
    assert not torch.equal(seen[0], seen[2])
    assert not torch.equal(seen[0], seen[3])
    assert torch.equal(seen[0][:, 1:], points()[:, 1:])
    assert 5 <= float(seen[0][:, 0].min()) < 5.2
    assert 5.8 < float(seen[0][:, 0].max()) <= 6


def test_rows_that_lack_an_input_do_not_count() -> None:
    found = equation(EquationRecipe(terms={"du/dt": "x"}), ("u", "v"), FEATURES)
    p = points()
    holes = p.clone()
    holes[3, 2], holes[5, 0], holes[7, 1] = torch.nan, torch.nan, torch.nan
    kept = [i for i in range(40) if i not in (3, 5)]
    some = found.penalty(wave, holes, SIZES, seed=0, step=0)
    torch.testing.assert_close(some, found.penalty(wave, p[kept], SIZES, seed=0, step=0))
    assert float(found.penalty(wave, p * torch.nan, SIZES, seed=0, step=0).detach()) == 0


def decay(u, x, slope):
    """A residual of one's own: u' + u = 0."""
    return slope(u["u"], x["t"]) + u["u"]


def test_a_function_of_ones_own() -> None:
    found = equation(EquationRecipe(function=f"{__name__}:decay"), ("u", "v"), FEATURES)
    found = found if found.own is not None else pytest.fail("no function")
    torch.testing.assert_close(found.residual(wave, points()).detach(), torch.zeros(40, dtype=D), atol=1e-12, rtol=0)


BAD = {
    "nothing": (EquationRecipe(), "either terms or a function"),
    "unknown term": (EquationRecipe(terms={"du/ds": 1.0}), r"unknown term.*Given: du/ds.*did you mean 'du/d"),
    "third order": (EquationRecipe(terms={"d3u/dt3": 1.0}), "unknown term.*first or second derivative"),
    "unknown name": (EquationRecipe(terms={"u": "k * t"}), "unknown name.*Given: k.*Allowed: t, x, u, v"),
    "no formula": (EquationRecipe(terms={"u": "2 *"}), "missing at the end"),
    "empty range": (EquationRecipe(terms={"u": 1.0}, ranges={"t": (1.0, 1.0)}), "range is empty"),
    "range of nothing": (EquationRecipe(terms={"u": 1.0}, ranges={"s": (0.0, 1.0)}), "not a numeric input.*Given: s"),
    "no function": (EquationRecipe(function="math:no_such"), "function is not found"),
    "no path": (EquationRecipe(function="decay"), "function is not found"),
    "no callable": (EquationRecipe(function="math:pi"), "not a function"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name: str) -> None:
    recipe, message = BAD[name]
    with pytest.raises(ConstraintError, match=f"(?s){message}"):
        equation(recipe, ("u", "v"), FEATURES)


def test_shares_are_at_most_the_whole() -> None:
    two = (EquationRecipe(terms={"u": 1.0}, alpha=0.6),) * 2
    with pytest.raises(ConstraintError, match=r"sum to more than 1.*0\.6 \+ 0\.6"):
        build(ObjectiveRecipe(equations=two), Task.REGRESSION, ("u",))


RATE = 1.3


def table() -> pl.DataFrame:
    """u' = -k u, seen only until t = 1, with noise; some rows are labelled by another column that matters little."""
    t = np.linspace(0, 1, 60)
    noise = np.random.default_rng(0).normal(size=60)
    return pl.DataFrame({"t": t, "u": 2 * np.exp(-RATE * t) + 0.01 * noise})


SETTINGS = {
    "learning.members": 2, "learning.epochs": 200, "learning.patience": "never", "objective.loss": "squared",
    "evaluation.baselines": "none", "machine.numeric_embedding": "none", "machine.hidden": [24, 24],
    "learning.plan": "looped", "learning.optimizer.rate": 0.01,
}  # fmt: skip


@pytest.mark.slow
def test_the_equation_carries_the_prediction_beyond_the_data() -> None:
    law = {"terms": {"du/dt": 1.0, "u": RATE}, "ranges": {"t": (0.0, 3.0)}, "alpha": 0.5}
    asked = pl.DataFrame({"t": np.linspace(1.5, 3, 30)})
    truth = 2 * np.exp(-RATE * asked["t"].to_numpy())

    def error(**more) -> float:
        model = ig.fit(table(), "u", settings={**SETTINGS, **more})
        return float(np.abs(model.predict(asked).mean[:, 0] - truth).max())

    alone, taught = error(), error(**{"objective.equations": [law]})
    assert taught < 0.1
    assert taught < alone / 3
    assert math.isfinite(alone)


def test_batch_normalization_is_refused() -> None:
    settings = {**SETTINGS, "machine.normalization": "batch", "objective.equations": [{"terms": {"du/dt": 1.0}}]}
    with pytest.raises(RecipeError, match="no derivative of its own"):
        ig.fit(table(), "u", settings=settings)


def test_a_plan_that_cannot_is_refused() -> None:
    settings = {**SETTINGS, "learning.plan": "stacked", "objective.equations": [{"terms": {"du/dt": 1.0}}]}
    with pytest.raises(ig.IsinglassError, match="differential equations"):
        ig.fit(table(), "u", settings=settings)
