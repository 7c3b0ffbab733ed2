"""Laws as penalties: the loss's arithmetic, its limits, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isinglass.errors import ConstraintError
from isinglass.objective import build
from isinglass.objective.batch import Batch
from isinglass.objective.losses import LOSSES
from isinglass.recipe import ConstraintRecipe, ObjectiveRecipe
from isinglass.spec import Task

D = torch.float64
NAMES = ("a", "b", "c")
SUM = ConstraintRecipe(kind="linear", matrix=((1.0, 2.0, 3.0),), right_side=("t",), alpha=0.25)
BAND = ConstraintRecipe(kind="bounds", columns=("b",), lower=0.0, upper=1.0, alpha=0.5)
FEATURES = {"x": 0, "t": 1}
BOTH = torch.arange(2)


def pieces(loss: str, *constraints: ConstraintRecipe):
    objective = build(ObjectiveRecipe(loss=loss, constraints=constraints), Task.REGRESSION, NAMES)
    head = objective.head(FEATURES)
    assert head is not None
    rng = torch.Generator().manual_seed(0)
    width = objective.loss.width(3)
    raw = torch.randn(2, 5, width, generator=rng, dtype=D)
    inputs, target = torch.rand(2, 5, 2, generator=rng, dtype=D), torch.randn(2, 5, 3, generator=rng, dtype=D)
    center, scale = torch.randn(2, 1, 3, generator=rng, dtype=D), torch.rand(2, 1, 3, generator=rng, dtype=D) + 0.5
    return objective, head, raw, inputs, target, center, scale


@pytest.mark.parametrize("loss", [name for name, loss in LOSSES.items() if loss.located])
def test_the_loss_is_the_weighted_sum_by_hand(loss: str) -> None:
    objective, head, raw, inputs, target, center, scale = pieces(loss, SUM, BAND)
    out = head(raw, inputs, center, scale)
    y = (raw[..., :3] * scale + center).numpy()
    law = y @ np.array([1.0, 2.0, 3.0]) - inputs[..., 1].numpy()
    unit = np.sqrt((scale.numpy() ** 2 * np.array([1.0, 4.0, 9.0])).sum(-1))
    outside = (y[..., 1] - y[..., 1].clip(0, 1)) / scale[..., 1].numpy()
    plain = LOSSES[loss].function(raw, target).numpy()
    expected = 0.25 * plain + 0.25 * (law / unit) ** 2 + 0.5 * outside**2
    np.testing.assert_allclose(objective.rows(out, Batch(inputs, target), BOTH).numpy(), expected, rtol=1e-10)


def test_outputs_and_predictions_are_the_machines_own() -> None:
    objective, head, raw, inputs, _, center, scale = pieces("gaussian", SUM)
    out = head(raw, inputs, center, scale)
    assert out.shape[-1] == raw.shape[-1] + 1
    plain, found = LOSSES["gaussian"].predict(raw), objective.loss.predict(out)
    assert plain.mean is not None
    assert plain.variance is not None
    torch.testing.assert_close(found.mean, plain.mean)
    torch.testing.assert_close(found.variance, plain.variance)


def test_penalty_of_one_is_the_law_alone_and_of_zero_the_data_alone() -> None:
    for alpha in (0.0, 1.0):
        law = SUM.model_copy(update={"alpha": alpha})
        objective, head, raw, inputs, target, center, scale = pieces("squared", law)
        out = head(raw, inputs, center, scale)
        expected = out[..., -1] if alpha else LOSSES["squared"].function(raw, target)
        torch.testing.assert_close(objective.rows(out, Batch(inputs, target), BOTH), expected)


def test_penalty_does_not_depend_on_units() -> None:
    """The same law in grams and in kilograms, of targets in grams and in kilograms."""
    kilograms = ConstraintRecipe(kind="linear", matrix=((2.0, 4.0, 6.0),), right_side=({"t": 2000.0},), alpha=0.25)
    grams = SUM
    _, head, raw, inputs, _, center, scale = pieces("squared", grams)
    _, other, *_ = pieces("squared", kilograms)
    first = head(raw, inputs, center, scale)[..., -1]
    second = other(raw, inputs, center * 1000, scale * 1000)[..., -1]
    torch.testing.assert_close(first, second)


def test_gradient_flows_through_the_penalty() -> None:
    objective, head, raw, inputs, target, center, scale = pieces("squared", SUM, BAND)
    assert torch.autograd.gradcheck(
        lambda raw: objective.rows(head(raw, inputs, center, scale), Batch(inputs, target), BOTH), raw.requires_grad_()
    )


def test_stopping_watches_the_penalty_too() -> None:
    objective, head, raw, inputs, target, center, scale = pieces("gaussian", SUM)
    plain = LOSSES["gaussian"].watch
    assert plain is not None
    out = head(raw, inputs, center, scale)
    watched = objective.rows(out, Batch(inputs, target), BOTH, watch=True)
    torch.testing.assert_close(watched, 0.75 * plain(raw, target) + 0.25 * out[..., -1])


def test_exact_and_soft_laws_stand_side_by_side() -> None:
    exact = ConstraintRecipe(kind="positive", columns=("a",))
    _, head, raw, inputs, _, center, scale = pieces("squared", exact, SUM)
    y = head(raw, inputs, center, scale)[..., :3] * scale + center
    positive, law = head.residuals(y[0], inputs[0])
    assert (positive.name, positive.exact, law.name, law.exact) == ("bounds of a", True, "linear law 1", False)
    assert np.abs(positive.values).max() < 1e-12
    np.testing.assert_allclose(law.values, y[0].numpy() @ [1, 2, 3] - inputs[0, :, 1].numpy(), rtol=1e-10)


def test_shares_are_at_most_the_whole() -> None:
    with pytest.raises(ConstraintError, match=r"sum to more than 1.*0\.25 \+ 0\.5 \+ 0\.5"):
        build(ObjectiveRecipe(loss="squared", constraints=(SUM, BAND, BAND)), Task.REGRESSION, NAMES)


def test_a_loss_without_a_mean_is_refused() -> None:
    with pytest.raises(ConstraintError, match="prediction of the mean"):
        build(ObjectiveRecipe(loss="quantile", constraints=(SUM,)), Task.REGRESSION, NAMES)


def test_data_that_break_the_law_make_a_note_and_no_refusal() -> None:
    _, head, *_ = pieces("squared", BAND)
    targets = torch.tensor([[0.0, 5.0, 0.0], [0.0, 0.5, 0.0]], dtype=D)
    (note,) = head.check(targets, torch.zeros(2, 2))
    assert "break it" in note
    assert "pulls away" in note


def test_a_missing_value_is_refused() -> None:
    _, head, *_ = pieces("squared", SUM)
    with pytest.raises(ConstraintError, match="row 2: 1 training rows lack a value"):
        head.check(torch.ones(3, 3, dtype=D), torch.tensor([[0.0, 1.0], [0.0, torch.nan], [0.0, 1.0]]))
