"""Differential equations as penalties: derivatives against formulas, units, drawn points, training, every refusal."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from torch import Tensor

import isinglass as ig
from isinglass.errors import ConstraintError, RecipeError
from isinglass.objective import build
from isinglass.objective.penalties.equation import Sizes, equation
from isinglass.objective.penalties.user_function import GIVEN
from isinglass.recipe import EquationRecipe, ObjectiveRecipe
from isinglass.spec import Task

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


def of_q(u, x, slope):
    return slope(u["q"], x["t"])


def one_number(u, x, slope):
    return u["u"].mean()


WRITTEN: dict[str, tuple[str, dict[str, object]]] = {
    "left and right": ("du/dt = 0.25 * d2u/dx2", {"terms": {"du/dt": 1.0, "d2u/dx2": -0.25}}),
    "formulas of inputs": ("x**2 * du/dt + x*x*u", {"terms": {"du/dt": "x ** 2", "u": "x * x"}}),
    "backquotes": ("`d2v/dxdt` - 2/t * dv/dx", {"terms": {"d2v/dxdt": 1.0, "dv/dx": "-2 / t"}}),
    "two outputs": ("du/dt + u + 0.5*dv/dt = t*x", {"terms": {"du/dt": 1, "u": 1, "dv/dt": 0.5}, "right_side": "t*x"}),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_one_formula_says_what_terms_say(name: str) -> None:
    text, terms = WRITTEN[name]
    one = equation(EquationRecipe(formula=text), ("u", "v"), FEATURES)
    other = equation(EquationRecipe(**terms), ("u", "v"), FEATURES)  # pyright: ignore[reportArgumentType]

    def wrong(p: Tensor) -> Tensor:
        return wave(p) * (1 + 0.1 * p[:, :1] ** 2 * p[:, 2:] ** 2)

    for outputs in (wave, wrong):
        torch.testing.assert_close(one.residual(outputs, points()), other.residual(outputs, points()))
    torch.testing.assert_close(
        one.penalty(wrong, points(), SIZES, seed=0, step=0), other.penalty(wrong, points(), SIZES, seed=0, step=0)
    )


def test_a_formula_may_bend_what_it_speaks_of() -> None:
    """(u')^2 + u^2 / 4 = exp(u) at u = exp(-t) sin(2 x), by hand."""
    found = equation(EquationRecipe(formula="(du/dx)**2 + u**2 / 4 = exp(u)"), ("u", "v"), FEATURES)
    t, x = points()[:, 0].numpy(), points()[:, 2].numpy()
    u, slope = heat(t, x), 2 * np.exp(-t) * np.cos(2 * x)
    np.testing.assert_allclose(found.residual(wave, points()).detach(), slope**2 + u**2 / 4 - np.exp(u), atol=1e-12)
    size = np.hypot(2 * 0.5 * 0.5, (2 / 2 - np.exp(2)) * 2)  # of du/dx: 2 / 4
    expected = np.mean((slope**2 + u**2 / 4 - np.exp(u)) ** 2) / size**2
    assert float(found.penalty(wave, points(), SIZES, seed=0, step=0).detach()) == pytest.approx(expected)


BAD = {
    "nothing": (EquationRecipe(), "either terms, or a formula, or a function"),
    "unknown term": (EquationRecipe(terms={"du/ds": 1.0}), r"unknown term.*Given: du/ds.*did you mean 'du/d"),
    "third order": (EquationRecipe(terms={"d3u/dt3": 1.0}), "unknown term.*first or second derivative"),
    "unknown name": (EquationRecipe(terms={"u": "k * t"}), "unknown name.*Given: k.*Allowed: t, x, u, v"),
    "no formula": (EquationRecipe(terms={"u": "2 *"}), "missing at the end"),
    "empty range": (EquationRecipe(terms={"u": 1.0}, ranges={"t": (1.0, 1.0)}), "range is empty"),
    "range of nothing": (EquationRecipe(terms={"u": 1.0}, ranges={"s": (0.0, 1.0)}), "not a numeric input.*Given: s"),
    "no function": (EquationRecipe(function="math:no_such"), "function is not found"),
    "two at once": (EquationRecipe(terms={"u": 1.0}, formula="u = 0"), "either terms, or a formula, or a function"),
    "unknown in a formula": (EquationRecipe(formula="du/ds + u"), r"unknown name.*Given: du/ds\..*did you mean 'du/d"),
    "no output": (EquationRecipe(formula="t + 2 * x"), "speaks of no output"),
    "three sides": (EquationRecipe(formula="u = v = 0"), "two sides"),
    "no such formula": (EquationRecipe(formula="du/dt + * u"), "objective.equations.formula"),
    "a right side too": (EquationRecipe(formula="u", right_side=1.0), "belongs to terms"),
    "not given": (EquationRecipe(function=GIVEN), "given in Python.*residual=function"),
    "speaks of another output": (EquationRecipe(function=f"{__name__}:of_q"), r"there is no 'q'.*u of u, v"),
    "one number": (EquationRecipe(function=f"{__name__}:one_number"), r"one number for each row.*Tensor\[\]"),
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


def decaying(u, x, slope):
    """u' + k u = 0, in units of what counts as large: the target's spread over the input's."""
    return (slope(u["u"], x["t"]) + RATE * u["u"]) / 2


ASKED = pl.DataFrame({"t": np.linspace(1.5, 3, 30)})


def error(**given: object) -> float:
    """The largest one beyond the rows."""
    model = ig.fit(table(), "u", settings=SETTINGS, **given)  # pyright: ignore[reportArgumentType]
    return float(np.abs(model.predict(ASKED).mean - 2 * np.exp(-RATE * ASKED["t"].to_numpy())).max())


@pytest.fixture(scope="module")
def alone() -> float:
    """Without the equation."""
    return error()


TAUGHT = {
    "terms": {"terms": {"du/dt": 1.0, "u": RATE}},
    "formula": {"formula": f"du/dt = -{RATE} * u"},
    "function": {"function": decaying},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TAUGHT)
def test_the_equation_carries_the_prediction_beyond_the_data(name: str, alone: float) -> None:
    taught = error(residual=TAUGHT[name] | {"ranges": {"t": (0.0, 3.0)}, "alpha": 0.5})
    assert taught < 0.1
    assert taught < alone / 3
    assert math.isfinite(alone)


def test_a_residual_given_in_python_is_told_in_the_recipe_and_runs_no_code_on_loading(tmp_path: Path) -> None:
    model = ig.fit(table(), "u", residual=lambda u, x, slope: slope(u["u"], x["t"]) + u["u"],
                   settings={**SETTINGS, "learning.epochs": 2})  # fmt: skip
    (told,) = model.recipe.objective.equations
    assert told.function == GIVEN
    again = ig.load(model.save(tmp_path / "u.isinglass"))
    np.testing.assert_array_equal(again.predict(ASKED).mean, model.predict(ASKED).mean)
    with pytest.raises(ConstraintError, match="given in Python"):
        ig.fit(ig.Recipe.from_dict({"data": {"source": "diabetes"}}).replace(
            {"objective.equations": [{"function": GIVEN}], "objective.loss": "squared"}))  # fmt: skip


@pytest.mark.slow
def test_every_prediction_says_how_well_it_obeys_the_equation() -> None:
    """Against differences of the model's own answers; where an input is missing there is no residual."""
    settings = {**SETTINGS, "learning.precision": "float64", "learning.epochs": 20}
    rows = table().with_columns(k=pl.Series(np.random.default_rng(1).uniform(1, 2, 60)))
    model = ig.fit(rows, "u", residual="du/dt = -k * u", settings=settings)
    asked = pl.DataFrame({"t": [0.2, 0.9, 1.4, None], "k": [1.0, 1.5, 2.0, 1.0]})
    (found,) = model.predict(asked).residuals
    assert (found.name, found.formula, found.exact) == ("equation 1", "du/dt = -k * u", False)

    def mean(shift: float) -> np.ndarray:
        return model.predict(asked.with_columns(pl.col("t") + shift)).mean[:3]

    by_differences = (mean(1e-3) - mean(-1e-3)) / 2e-3 + asked["k"].to_numpy()[:3] * mean(0.0)
    np.testing.assert_allclose(found.values[:3], by_differences, rtol=1e-3, atol=1e-4)
    assert np.isnan(found.values[3])


def test_a_residual_is_a_formula_a_function_or_a_table() -> None:
    with pytest.raises(ig.IsinglassError, match="a formula, a function or a table"):
        ig.fit(table(), "u", residual=3)  # pyright: ignore[reportArgumentType]
    with pytest.raises(RecipeError, match="formul"):
        ig.fit(table(), "u", residual={"formul": "u"})
    with pytest.raises(ConstraintError, match="unknown name"):
        ig.fit(table(), "u", residual="du/dt = -k * u", settings={**SETTINGS, "learning.epochs": 2})


def test_batch_normalization_is_refused() -> None:
    settings = {**SETTINGS, "machine.normalization": "batch", "objective.equations": [{"terms": {"du/dt": 1.0}}]}
    with pytest.raises(RecipeError, match="no derivative of its own"):
        ig.fit(table(), "u", settings=settings)


def test_a_plan_that_cannot_is_refused() -> None:
    settings = {**SETTINGS, "learning.plan": "stacked", "objective.equations": [{"terms": {"du/dt": 1.0}}]}
    with pytest.raises(ig.IsinglassError, match="differential equations"):
        ig.fit(table(), "u", settings=settings)
