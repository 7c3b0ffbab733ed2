"""What every penalty of the registry keeps."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from practice import THERE
from tape import replayed

from isinglass.objective.penalties import PENALTIES, Penalty

EVERY = pytest.mark.parametrize("penalty", [pytest.param(p, id=name) for name, p in PENALTIES.items()])
RNG = torch.Generator().manual_seed(0)
W = torch.randn(4, 7, generator=RNG, dtype=torch.float64)
STRENGTH = torch.tensor([0.0, 0.1, 1.0, 3.0], dtype=torch.float64)
RATIO = torch.tensor([0.5, 1.0, 2.0, 0.0], dtype=torch.float64)


@EVERY
def test_each_member_has_its_own_strength(penalty: Penalty) -> None:
    value, gradient = penalty.value(W, STRENGTH, RATIO), penalty.gradient(W, STRENGTH, RATIO)
    assert value.shape == (4,)
    for member in range(4):
        one = (float(STRENGTH[member]), float(RATIO[member]))
        torch.testing.assert_close(value[member], penalty.value(W[member], *one))
        torch.testing.assert_close(gradient[member], penalty.gradient(W[member], *one))


@EVERY
def test_the_same_on_another_device(penalty: Penalty) -> None:
    w, strength, ratio = (part.to(THERE) for part in (W, STRENGTH, RATIO))
    for function in (penalty.value, penalty.gradient):
        there = replayed(partial(function, w, strength, ratio))
        torch.testing.assert_close(there.cpu(), function(W, STRENGTH, RATIO))


@EVERY
def test_gradient_is_that_of_the_value(penalty: Penalty) -> None:
    w = W.clone().requires_grad_()
    (automatic,) = torch.autograd.grad(penalty.value(w, STRENGTH, RATIO).sum(), w)
    torch.testing.assert_close(penalty.gradient(W, STRENGTH, RATIO), automatic)


@EVERY
def test_gradient_equals_the_numerical_one(penalty: Penalty) -> None:
    w = W.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda w: penalty.value(w, STRENGTH, RATIO), (w,))


@EVERY
def test_zero_weights_cost_nothing_and_stay(penalty: Penalty) -> None:
    zero = torch.zeros(2, 3)
    assert torch.equal(penalty.value(zero, 1.0, 1.0), torch.zeros(2))
    assert torch.equal(penalty.gradient(zero, 1.0, 1.0), zero)


@EVERY
def test_twice_the_strength_is_twice_the_penalty(penalty: Penalty) -> None:
    torch.testing.assert_close(penalty.value(W, 2.0, 0.5), 2 * penalty.value(W, 1.0, 0.5))
