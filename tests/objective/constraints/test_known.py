"""Hybrid machines: a known formula and the network's correction; formulas in laws; every refusal."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isinglass.errors import ConstraintError
from isinglass.objective import build
from isinglass.objective.constraints import laws
from isinglass.recipe import ConstraintRecipe, ObjectiveRecipe
from isinglass.spec import Task

D = torch.float64
FEATURES = {"h": 0, "air temp": 1}
KNOWN = {"flow": "0.6 * sqrt(2 * 9.81 * h) + `air temp`"}


def head_of(known: dict[str, str] = KNOWN, *constraints: ConstraintRecipe):
    recipe = ObjectiveRecipe(loss="gaussian", known=known, constraints=constraints)
    found = build(recipe, Task.REGRESSION, ("flow", "loss")).head(FEATURES)
    assert found is not None
    return found


def test_a_silent_network_says_the_formula() -> None:
    inputs = torch.tensor([[2.0, 1.0], [0.5, -3.0]], dtype=D)
    center, scale = torch.tensor([[5.0, 7.0]], dtype=D), torch.tensor([[2.0, 3.0]], dtype=D)
    y = head_of()(torch.zeros(2, 4, dtype=D), inputs, center, scale)[..., :2] * scale + center
    expected = 0.6 * np.sqrt(2 * 9.81 * inputs[:, 0].numpy()) + inputs[:, 1].numpy()
    np.testing.assert_allclose(y[:, 0].numpy(), expected, rtol=1e-12)
    assert y[:, 1].tolist() == [7, 7]  # nothing is known of this one: the mean, as without a formula


def test_the_correction_is_in_units_of_the_spread_and_sigma_passes() -> None:
    inputs = torch.rand(3, 6, 2, dtype=D)
    raw = torch.randn(3, 6, 4, dtype=D)
    center, scale = torch.randn(3, 1, 2, dtype=D), torch.rand(3, 1, 2, dtype=D) + 1
    head = head_of()
    out, silent = head(raw, inputs, center, scale), head(0 * raw, inputs, center, scale)
    torch.testing.assert_close(out[..., :2] - silent[..., :2], raw[..., :2])
    assert torch.equal(out[..., 2:], raw[..., 2:])


def test_laws_hold_after_the_formula_was_added() -> None:
    law = ConstraintRecipe(kind="linear", matrix=((1.0, 1.0),), right_side=("h",))
    head = head_of(KNOWN, law)
    inputs, raw = torch.rand(9, 2, dtype=D) + 1, 50 * torch.randn(9, 4, dtype=D)
    one = torch.ones(1, 2, dtype=D)
    y = head(raw, inputs, 0 * one, one)[..., :2]
    torch.testing.assert_close(y.sum(-1), inputs[:, 0], atol=1e-10, rtol=0)


def test_the_note_says_how_good_the_formula_is_alone() -> None:
    inputs = torch.tensor([[2.0, 1.0], [0.5, -3.0]], dtype=D)
    formula = 0.6 * torch.sqrt(2 * 9.81 * inputs[:, 0]) + inputs[:, 1]
    (note,) = head_of().check(torch.stack([formula + 0.25, formula], 1), inputs)
    assert "error is 0.25" in note


def test_coefficients_may_be_formulas() -> None:
    """The specific humidity of a relative humidity in %, by Bolton (1980), as the coefficient of a water budget."""
    bolton = "0.622 * 6.112 * exp(17.67 * T / (T + 243.5)) / p / 100"
    recipe = ConstraintRecipe(kind="linear", columns=("rh", "rain"), matrix=((bolton, 1.0),), right_side=("q + 1",))
    law = laws((recipe,), ("rh", "rain"))
    assert law.needs == ("T", "p", "q")
    columns = {"T": torch.tensor([20.0, 0.0]), "p": torch.tensor([1000.0, 800.0]), "q": torch.tensor([3.0, 4.0])}
    y = law(torch.randn(2, 2, dtype=D) * 50, columns)
    es = 6.112 * np.exp(17.67 * np.array([20.0, 0.0]) / np.array([263.5, 243.5]))
    expected = 0.622 * es / np.array([1000.0, 800.0]) / 100 * y[:, 0].numpy() + y[:, 1].numpy()
    np.testing.assert_allclose(expected, [4, 5], atol=1e-12)


BAD = {
    "unknown target": ({"q": "h"}, "unknown target.*Given: q.*flow, loss"),
    "unknown column": ({"flow": "2 * depth"}, "not a numeric feature.*Given: depth.*h, air temp"),
    "no formula": ({"flow": "2 * (h"}, "closing bracket is missing"),
    "empty": ({"flow": " "}, "the formula is empty"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name: str) -> None:
    known, message = BAD[name]
    with pytest.raises(ConstraintError, match=f"(?s){message}"):
        head_of(known)


def test_rows_where_the_formula_has_no_value() -> None:
    with pytest.raises(ConstraintError, match="row 2: 1 training rows lack a value"):
        head_of().check(torch.ones(2, 2, dtype=D), torch.tensor([[1.0, 1.0], [-1.0, 1.0]]))


def test_a_law_with_a_broken_formula_is_refused() -> None:
    recipe = ConstraintRecipe(kind="linear", matrix=(("2 * ", 1.0),), right_side=(0.0,))
    with pytest.raises(ConstraintError, match="missing at the end"):
        laws((recipe,), ("a", "b")).needs  # noqa: B018 - the formula is read when its columns are asked for
