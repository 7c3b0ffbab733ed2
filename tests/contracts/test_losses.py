"""What every loss of the registry keeps."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from practice import THERE
from tape import replayed
from torch import Tensor

from isinglass.objective.losses import LOSSES, Loss, choose
from isinglass.recipe import ObjectiveRecipe
from isinglass.spec import Task

EVERY = pytest.mark.parametrize("loss", [pytest.param(loss, id=name) for name, loss in LOSSES.items()])


def case(loss: Loss, *lead: int) -> tuple[Tensor, Tensor]:
    """Raw outputs and targets of 2 targets, of 3 classes (2 where the loss is for two), or of masks of 3 classes."""
    rng = torch.Generator().manual_seed(3)
    if Task.SEGMENTATION in loss.tasks:
        target = torch.randint(0, 3, (*lead, 1, 4, 3), generator=rng)
        target[torch.rand(target.shape, generator=rng) < 0.2] = 255
        return torch.randn(*lead, loss.width(3), 4, 3, generator=rng, dtype=torch.float64), target.to(torch.uint8)
    if Task.CLASSIFICATION in loss.tasks:
        classes = 2 if loss.name == "binary_cross_entropy" else 3
        target = torch.randint(0, classes, (*lead, 1), generator=rng).double()
        return torch.randn(*lead, loss.width(classes), generator=rng, dtype=torch.float64), target
    target = torch.randint(0, 2, (*lead, 2), generator=rng).double()
    return torch.randn(*lead, loss.width(2), generator=rng, dtype=torch.float64), target


def test_names() -> None:
    assert all(name == loss.name for name, loss in LOSSES.items())


@EVERY
def test_never_reduced_over_samples_and_any_leading_axes(loss: Loss) -> None:
    raw, target = case(loss, 2, 3, 4)
    value = loss.function(raw, target)
    assert value.shape == (2, 3, 4)
    torch.testing.assert_close(value[1, 2], loss.function(raw[1, 2], target[1, 2]))


@EVERY
def test_one_target_serves_all_members(loss: Loss) -> None:
    raw, target = case(loss, 3, 4)
    value = loss.function(raw, target[0])
    torch.testing.assert_close(value, loss.function(raw, target[0].expand(3, *target[0].shape)))


@EVERY
def test_gradient_equals_the_numerical_one(loss: Loss) -> None:
    raw, target = case(loss, 2, 5)
    assert torch.autograd.gradcheck(lambda raw: loss.function(raw, target), (raw.requires_grad_(),))


@EVERY
def test_the_same_on_another_device(loss: Loss) -> None:
    raw, target = case(loss, 2, 5)
    there = replayed(partial(loss.function, raw.to(THERE), target.to(THERE)))
    torch.testing.assert_close(there.cpu(), loss.function(raw, target))


@EVERY
def test_vmap(loss: Loss) -> None:
    raw, target = case(loss, 3, 5)
    torch.testing.assert_close(torch.vmap(loss.function)(raw, target), loss.function(raw, target))


@EVERY
def test_extreme_outputs_stay_finite(loss: Loss) -> None:
    raw, target = (part.float() for part in case(loss, 8))
    for size in (1e-6, 30.0):
        scaled = (raw * size).requires_grad_()
        value = loss.function(scaled, target)
        value.sum().backward()
        assert value.isfinite().all()
        assert scaled.grad is not None
        assert scaled.grad.isfinite().all()


@EVERY
def test_prediction(loss: Loss) -> None:
    raw, _ = case(loss, 3, 5)
    said = loss.predict(raw)
    if Task.REGRESSION in loss.tasks:
        assert said.mean is not None
        assert said.mean.shape == (3, 5, 2)
        assert said.variance is None or bool((said.variance > 0).all())
    else:
        assert said.probabilities is not None
        assert bool(((said.probabilities >= 0) & (said.probabilities <= 1)).all())
    if Task.CLASSIFICATION in loss.tasks:
        torch.testing.assert_close(said.probabilities.sum(-1), torch.ones(3, 5, dtype=torch.float64))


@EVERY
def test_located_losses_put_the_point_prediction_first(loss: Loss) -> None:
    raw, _ = case(loss, 5)
    if loss.located:
        assert torch.equal(loss.predict(raw).mean, raw[..., :2])


@EVERY
def test_a_recipe_finds_it(loss: Loss) -> None:
    assert choose(LOSSES, ObjectiveRecipe(loss=loss.name), loss.tasks[0]).name == loss.name


@EVERY
def test_gradient_descent_finds_the_least_loss(loss: Loss) -> None:
    raw, target = case(loss, 6)
    first = float(loss.function(raw, target).mean())
    raw.requires_grad_()
    for _ in range(200):
        (slope,) = torch.autograd.grad(loss.function(raw, target).sum(), raw)
        raw = (raw - 0.05 * slope).detach().requires_grad_()
    assert float(loss.function(raw.detach(), target).mean()) < first
