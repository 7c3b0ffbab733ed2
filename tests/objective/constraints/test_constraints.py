"""Constraints: near-identity where they should be, against closed forms, and every refusal."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isinglass.errors import ConstraintError
from isinglass.objective.constraints import Bounds, Constraint, Head, Laws, Linear, SumToTotal, laws
from isinglass.recipe import ConstraintRecipe

D = torch.float64
NAMES = ("a", "b", "c")


def test_positive_keeps_what_is_far_from_zero() -> None:
    law = Bounds((0,), ("a",), lower=0.0)
    y = torch.tensor([[40.0], [-40.0], [0.0]], dtype=D)
    assert law(y, {})[:, 0].tolist() == pytest.approx([40, 0, np.log(2)], abs=1e-12)


def test_spread_makes_positivity_blind_to_units() -> None:
    law = Bounds((0,), ("a",), lower=0.0)
    grams = torch.tensor([[3.0], [-1.0], [0.2]], dtype=D)
    scale = torch.tensor([2.0], dtype=D)
    torch.testing.assert_close(law(grams * 1e-3, {}, scale * 1e-3), law(grams, {}, scale) * 1e-3)


def test_bounds_are_the_identity_in_the_middle() -> None:
    law = Bounds((0,), ("a",), -1.0, 3.0)
    y = torch.tensor([[1.0], [1.01]], dtype=D)
    torch.testing.assert_close(law(y, {}), y, atol=1e-6, rtol=0)


def test_parts_that_sum_already_and_are_equal_stay() -> None:
    law = SumToTotal((0, 1, 2), NAMES, "t")
    y = torch.full((1, 3), 5.0, dtype=D)
    torch.testing.assert_close(law(y, {"t": torch.tensor([15.0], dtype=D)}), y)


def test_nothing_to_share_is_zero() -> None:
    law = SumToTotal((0, 1, 2), NAMES, "t")
    out = law(torch.randn(1, 3, dtype=D), {"t": torch.zeros(1, dtype=D)})
    assert out.tolist() == [[0, 0, 0]]


def test_projection_is_the_textbook_formula() -> None:
    rng = np.random.default_rng(0)
    A, b, y = rng.normal(size=(2, 4)), rng.normal(size=2), rng.normal(size=(20, 4))
    law = Linear((0, 1, 2, 3), (*NAMES, "d"), tuple(map(tuple, A.tolist())), tuple(b.tolist()))
    expected = y - (y @ A.T - b) @ np.linalg.inv(A @ A.T) @ A
    np.testing.assert_allclose(law(torch.tensor(y), {}).numpy(), expected, atol=1e-12)


def test_scaled_projection_is_the_plain_one_in_scaled_units() -> None:
    scale = torch.tensor([0.1, 3.0, 20.0], dtype=D)
    law = Linear((0, 1, 2), NAMES, ((1.0, 1.0, 1.0),), (2.0,))
    inner = Linear((0, 1, 2), NAMES, (tuple(scale.tolist()),), (2.0,))
    y = torch.randn(9, 3, dtype=D)
    torch.testing.assert_close(law(y, {}, scale), inner(y / scale, {}) * scale)


def test_residual_form_changes_only_what_it_solves_for() -> None:
    law = Linear((0, 1, 2), NAMES, ((1.0, 1.0, 1.0),), (2.0,), form="residual", solve_for=(1,))
    y = torch.tensor([[3.0, 99.0, 4.0]], dtype=D)
    assert law(y, {}).tolist() == [[3, -5, 4]]


def test_residual_form_chooses_a_well_conditioned_output() -> None:
    law = Linear((0, 1, 2), NAMES, ((1e-9, 2.0, 1.0),), (0.0,), form="residual")
    y = torch.randn(5, 3, dtype=D)
    out = law(y, {})
    assert torch.equal(out[:, [0, 2]], y[:, [0, 2]])


def test_mass_and_radiation_of_a_column() -> None:
    """Two laws of Beucler et al. (2021) on a column of three levels, with layer weights that differ by sample:
    FSNS = FSNT - sum dp QRS (short wave), sum dp q_v + P = LHF (water mass)."""
    targets = ("qrs1", "qrs2", "qrs3", "fsnt", "fsns", "q1", "q2", "q3", "rain")
    recipe = ConstraintRecipe(
        kind="linear",
        matrix=(("dp1", "dp2", "dp3", -1.0, 1.0, 0.0, 0.0, 0.0, 0.0), (0.0,) * 5 + ("dp1", "dp2", "dp3", 1.0)),
        right_side=(0.0, "lhf"),
        form="residual",
        solve_for=("fsns", "q3"),
    )
    law = laws((recipe,), targets)
    rng = torch.Generator().manual_seed(0)
    columns = {name: 50 + 100 * torch.rand(200, generator=rng, dtype=D) for name in law.needs}
    for dtype, limit in ((torch.float64, 1e-10), (torch.float32, 1e-4)):
        y = law(100 * torch.randn(200, 9, generator=rng, dtype=dtype), columns)
        size = (y.abs().double() * 150).sum(1).max()
        assert law.residual(y, columns).abs().max() <= limit * size
        fsns = y[:, 3] - (torch.stack([columns[f"dp{i}"] for i in (1, 2, 3)], 1) * y[:, :3]).sum(1)
        torch.testing.assert_close(y[:, 4].double(), fsns.double(), rtol=1e-4, atol=1e-2)


def test_head_works_on_scaled_outputs_and_passes_sigma() -> None:
    law = laws((ConstraintRecipe(kind="sum_to_total", total="t"),), ("a", "b"))
    head = Head(law, {"x": 0, "t": 1}, 2)
    raw, inputs = torch.randn(3, 7, 4, dtype=D), torch.rand(3, 7, 2, dtype=D) + 1
    center, scale = torch.randn(3, 1, 2, dtype=D), torch.rand(3, 1, 2, dtype=D) + 0.5
    out = head(raw, inputs, center, scale)
    y = out[..., :2] * scale + center
    torch.testing.assert_close(y.sum(-1), inputs[..., 1])
    assert torch.equal(out[..., 2:], raw[..., 2:])


def test_head_needs_its_columns() -> None:
    law = laws((ConstraintRecipe(kind="sum_to_total", total="t"),), ("a", "b"))
    with pytest.raises(ConstraintError, match=r"not a numeric feature.*Given: t"):
        Head(law, {"x": 0}, 2)


def test_a_missing_total_makes_the_output_missing() -> None:
    law = SumToTotal((0, 1), ("a", "b"), "t")
    assert law(torch.ones(1, 2), {"t": torch.tensor([torch.nan])}).isnan().all()


BAD = {
    "unknown target": (ConstraintRecipe(kind="positive", columns=("z",)), "unknown target.*Given: z.*a, b, c"),
    "named twice": (ConstraintRecipe(kind="positive", columns=("a", "a")), "named twice"),
    "no bound": (ConstraintRecipe(kind="bounds"), "lower or an upper"),
    "crossed": (ConstraintRecipe(kind="bounds", lower=2, upper=1), "not below the upper"),
    "equal": (ConstraintRecipe(kind="bounds", lower=1, upper=1), "not below the upper"),
    "no total": (ConstraintRecipe(kind="sum_to_total"), "needs a total"),
    "one part": (ConstraintRecipe(kind="sum_to_total", columns=("a",), total=1.0), "two parts"),
    "no matrix": (ConstraintRecipe(kind="linear"), "one coefficient for each target"),
    "short row": (ConstraintRecipe(kind="linear", matrix=((1.0, 2.0),), right_side=(0.0,)), "3 for a, b, c"),
    "no right side": (ConstraintRecipe(kind="linear", matrix=((1.0, 2.0, 3.0),)), "one value for each row"),
    "singular": (
        ConstraintRecipe(kind="linear", matrix=((1.0, 2.0, 3.0), (2.0, 4.0, 6.0)), right_side=(0.0, 0.0)),
        "singular",
    ),
    "zero": (ConstraintRecipe(kind="linear", matrix=((0.0, 0.0, 0.0),), right_side=(0.0,)), "singular"),
    "too many": (
        ConstraintRecipe(kind="linear", columns=("a",), matrix=((1.0,), (2.0,)), right_side=(0.0, 0.0)),
        "no more laws than targets",
    ),
    "singular solve_for": (
        ConstraintRecipe(
            kind="linear", matrix=((1.0, 0.0, 3.0),), right_side=(0.0,), form="residual", solve_for=("b",)
        ),
        "singular.*",
    ),
    "two for one law": (
        ConstraintRecipe(
            kind="linear", matrix=((1.0, 1.0, 3.0),), right_side=(0.0,), form="residual", solve_for=("a", "b")
        ),
        "one target is solved for in each law",
    ),
    "nobody chose": (
        ConstraintRecipe(kind="linear", matrix=(("p", 1.0, 1.0),), right_side=(0.0,), form="residual"),
        "leave the choice to you",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_ill_posed(name: str) -> None:
    recipe, message = BAD[name]
    with pytest.raises(ConstraintError, match=message):
        laws((recipe,), NAMES)


@pytest.mark.parametrize(
    "recipes",
    [
        (
            ConstraintRecipe(kind="bounds", columns=("a",), upper=1),
            ConstraintRecipe(kind="sum_to_total", columns=("a", "b"), total=1.0),
        ),
        (
            ConstraintRecipe(kind="positive"),
            ConstraintRecipe(kind="linear", matrix=((1.0, 1.0, 1.0),), right_side=(1.0,)),
        ),
        (
            ConstraintRecipe(kind="sum_to_total", columns=("a", "b"), total=1.0),
            ConstraintRecipe(kind="sum_to_total", columns=("b", "c"), total=1.0),
        ),
    ],
)
def test_laws_that_would_undo_each_other(recipes: tuple[ConstraintRecipe, ...]) -> None:
    with pytest.raises(ConstraintError, match="cannot both be exact"):
        laws(recipes, NAMES)


def test_laws_that_would_undo_each_other_are_named_as_written_with_their_target() -> None:
    pair = (
        ConstraintRecipe(kind="positive", columns=("b",)),
        ConstraintRecipe(kind="linear", columns=("b", "c"), matrix=((1.0, 1.0),), right_side=(1.0,)),
    )
    with pytest.raises(ConstraintError, match=r"positive and linear on the same target.*Given: b\."):
        laws(pair, NAMES)


T = torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.0, 1.0]])
EXCLUDED: dict[str, tuple[Constraint, dict[str, torch.Tensor], str]] = {
    "bounds": (Bounds((0, 1), ("a", "b"), 0.0, 9.0), {}, r"1 of 3 training targets.*0 \.\. 9.*-4"),
    "row": (Bounds((1,), ("b",), upper=1.5), {}, "target 'b', first in training row 1"),
    "sign": (SumToTotal((0, 1), ("a", "b"), 5.0), {}, "1 of 3 training rows.*kind = 'linear'"),
    "missing total": (
        SumToTotal((0, 1), ("a", "b"), "t"),
        {"t": torch.tensor([1.0, -1.0, torch.nan])},
        "row 3: 1 training rows lack",
    ),
    "singular sample": (
        Linear((0, 1), ("a", "b"), (("p", "q"),), (1.0,)),
        {"p": torch.tensor([1.0, 0.0, 1.0]), "q": torch.tensor([1.0, 0.0, 0.0])},
        "row 2: the laws depend on each other in 1 training rows",
    ),
    "missing coefficient": (
        Linear((0, 1), ("a", "b"), (("p", 1.0),), (1.0,)),
        {"p": torch.tensor([1.0, torch.nan, 1.0])},
        "row 2: 1 training rows lack a value",
    ),
}


@pytest.mark.parametrize("name", EXCLUDED)
def test_laws_that_the_data_exclude(name: str) -> None:
    law, columns, message = EXCLUDED[name]
    with pytest.raises(ConstraintError, match=f"(?s){message}"):
        Laws((law,)).check(T, columns)


def test_data_that_obey_roughly_make_a_note() -> None:
    law = Linear((0, 1), ("a", "b"), ((1.0, 1.0),), (3.0,))
    (note,) = law.check(T, {})
    assert "the training data break it by" in note
