"""Nonlinear laws by conversion: a moist column's enthalpy with relative humidity as the output (ACnet_NL)."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from isinglass.errors import ConstraintError
from isinglass.objective.constraints import laws
from isinglass.recipe import ConstraintRecipe

D = torch.float64
CP, LV = 1004.64, 2.501e6
BOLTON = "611.2 * exp(17.67 * (T - 273.15) / (T - 29.65))"
"""Saturation vapour pressure over water, Pa, T in K: Bolton (1980), eq. 10, Mon. Wea. Rev. 108, 1046-1053."""
NAMES = ("T", "rh", "wind")


def enthalpy(form: str = "residual", solve_for: tuple[str, ...] = ("rh",), **changes) -> ConstraintRecipe:
    """cp T + Lv q = h with q = 0.622 rh es(T) / p."""
    return ConstraintRecipe(
        kind="linear",
        columns=("T", "rh"),
        matrix=((CP, LV),),
        right_side=("h",),
        form=form,  # pyright: ignore[reportArgumentType]
        solve_for=solve_for,
        convert=changes.get("convert", {"rh": f"0.622 * rh * {BOLTON} / p"}),
        back=changes.get("back", {"rh": f"rh * p / (0.622 * {BOLTON})"}),
    )


def air(count: int, seed: int = 0) -> tuple[Tensor, dict[str, Tensor]]:
    rng = np.random.default_rng(seed)
    temperature, rh, p = rng.uniform(250, 310, count), rng.uniform(0.1, 1, count), rng.uniform(5e4, 1e5, count)
    es = 611.2 * np.exp(17.67 * (temperature - 273.15) / (temperature - 29.65))
    h = CP * temperature + LV * 0.622 * rh * es / p
    y = np.stack([temperature, rh, rng.normal(size=count)], 1)
    return torch.from_numpy(y), {"h": torch.from_numpy(h), "p": torch.from_numpy(p)}


def independent(y: Tensor, columns: dict[str, Tensor]) -> np.ndarray:
    T, rh = y[:, 0].double().numpy(), y[:, 1].double().numpy()
    es = 611.2 * np.exp(17.67 * (T - 273.15) / (T - 29.65))
    return (CP * T + LV * 0.622 * rh * es / columns["p"].numpy() - columns["h"].numpy()) / columns["h"].numpy()


@pytest.mark.parametrize(("form", "solve_for"), [("residual", ("rh",)), ("residual", ("T",)), ("projection", ())])
def test_the_nonlinear_law_holds_exactly(form: str, solve_for: tuple[str, ...]) -> None:
    truth, columns = air(500)
    law = laws((enthalpy(form, solve_for),), NAMES)
    wrong = truth + torch.tensor([5.0, 0.3, 1.0], dtype=D) * torch.randn(
        500, 3, generator=torch.Generator().manual_seed(0), dtype=D
    )
    assert np.abs(independent(wrong, columns)).max() > 1e-3
    for dtype, limit in ((D, 1e-14), (torch.float32, 1e-6)):
        out = law(wrong.to(dtype), columns, torch.tensor([10.0, 0.3, 1.0]))
        assert np.abs(independent(out, columns)).max() < limit
        assert torch.equal(out[:, 2], wrong[:, 2].to(dtype))


def test_truth_stays() -> None:
    truth, columns = air(50)
    law = laws((enthalpy(),), NAMES)
    torch.testing.assert_close(law(truth, columns), truth, rtol=1e-10, atol=1e-10)
    assert law.check(truth, columns) == ()


def test_what_is_not_solved_for_stays() -> None:
    truth, columns = air(50)
    wrong = truth + 1
    out = laws((enthalpy(solve_for=("rh",)),), NAMES)(wrong, columns)
    torch.testing.assert_close(out[:, 0], wrong[:, 0])


BAD = {
    "not inverse": (
        {"back": {"rh": f"rh * p / (0.623 * {BOLTON})"}},
        "does not undo.*target 'rh'|target 'rh'.*does not",
    ),
    "other targets": ({"back": {"T": "T"}}, "formula that undoes it"),
    "no back": ({"back": {}}, "formula that undoes it"),
    "not of the law": ({"convert": {"wind": "wind"}, "back": {"wind": "wind"}}, "not a target of this law"),
    "no formula": ({"convert": {"rh": "rh *"}}, "missing at the end"),
    "no value": ({"convert": {"rh": "log(rh - 2)"}, "back": {"rh": "exp(rh) + 2"}}, "does not undo"),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(name: str) -> None:
    changes, message = BAD[name]
    truth, columns = air(5)
    with pytest.raises(ConstraintError, match=f"(?s){message}"):
        laws((enthalpy(**changes),), NAMES).check(truth, columns)


def test_only_linear_laws_convert() -> None:
    recipe = ConstraintRecipe(kind="positive", convert={"T": "T"}, back={"T": "T"})
    with pytest.raises(ConstraintError, match="only linear laws"):
        laws((recipe,), NAMES)
