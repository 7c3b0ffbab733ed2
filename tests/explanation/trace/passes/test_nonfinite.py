"""A gradient that is not finite is said, once, with the operation that it comes from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from isinglass.explanation.trace import Trace, trace
from isinglass.explanation.trace.expression import trace_expression
from isinglass.explanation.trace.passes.nonfinite import WHY
from isinglass.explanation.trace.population import over_members
from isinglass.explanation.trace.views import html, text

ZERO = torch.tensor(0.0, dtype=torch.float64)


class Broken(torch.autograd.Function):
    """The identity, with a derivative that is no number."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return gradient * torch.nan


FORMULAS = {
    "sqrt(x)": ({"x": 0}, "f = sqrt(x) gives back no finite gradient at x = 0"),
    "sqrt(x) * 0": ({"x": 0}, "q = sqrt(x) gives back no finite gradient at x = 0"),
    "sqrt(x * y) + 1": ({"x": 0, "y": 3}, "r = sqrt(q) gives back no finite gradient at q = 0"),
    "sqrt(-x)": ({"x": 0}, "f = sqrt(q) gives back no finite gradient at q = 0"),
    "x ** 0.5": ({"x": 0}, "f = x ** 0.5 gives back no finite gradient at x = 0"),
    "x ** y": ({"x": -2, "y": 3}, "f = x ** y gives back no finite gradient at y = 3"),
    "x * 1e200 * 1e200": ({"x": 0}, "q = x * 1e+200 gives back no finite gradient at x = 0"),
}


@pytest.mark.parametrize("written", FORMULAS)
def test_formulas(written: str) -> None:
    values, said = FORMULAS[written]
    assert trace_expression(written, values).notes == (f"{said}: {WHY}",)


OPERATIONS: list[tuple[Callable[..., Tensor], tuple[Tensor, ...], str]] = [
    (lambda x: x.log(), (ZERO,), "f = log(x) gives back no finite gradient at x = 0"),
    (lambda x: torch.exp(-(1 / x**2)), (ZERO,), "r = 1 / q gives back no finite gradient at q = 0"),
    (torch.hypot, (ZERO, ZERO), "f = hypot(x1, x2) gives back no finite gradient at x1 = 0 and x2 = 0"),
    (Broken.apply, (torch.ones(4),), "f = Broken(x) gives back no finite gradient at 4 of 4 elements of x"),
    (torch.sqrt, (torch.tensor([0.0, 1.0, 0.0]),), "f = sqrt(x) gives back no finite gradient at 2 of 3 elements of x"),
    (Broken.apply, (ZERO,), "f = Broken(x) gives back no finite gradient at x = 0"),
]


@pytest.mark.parametrize(("function", "inputs", "said"), OPERATIONS)
def test_operations(function: Callable[..., Tensor], inputs: tuple[Tensor, ...], said: str) -> None:
    assert trace(function, *inputs).notes[-1] == f"{said}: {WHY}"


def test_a_sum_that_overflows() -> None:
    found = trace_expression("x * 1e308 + x * 1e308", {"x": 0})
    assert found.notes == ("the gradient of x is not finite: the sum of its products is too large",)


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (torch.sqrt, torch.tensor([1e-30, 1.0])),
        (torch.relu, torch.tensor(0.0)),
        (lambda x: x * 2, torch.tensor([torch.nan, torch.inf, 1.0])),
        (torch.sqrt, torch.tensor(torch.nan)),  # the value itself says so
        (lambda x: x.sum(), torch.empty(0)),
        (lambda x: (x > 0).sum(), torch.ones(2)),
    ],
)
def test_nothing_to_say(function: Callable[[Tensor], Tensor], x: Tensor) -> None:
    assert not [note for note in trace(function, x).notes if "finite" in note]


def test_a_seed_that_is_not_finite_is_the_askers_own() -> None:
    assert trace(torch.exp, ZERO, seed=torch.tensor(torch.inf)).notes == ()


def test_many_operations_are_counted() -> None:
    found = trace(lambda x: sum(((x + k).sqrt() for k in torch.zeros(5)), ZERO), ZERO)
    assert len(found.notes) == 4
    assert found.notes[-1] == "5 operations in all give back no finite gradient"


def test_every_view_says_so() -> None:
    found = trace_expression("sqrt(x)", {"x": 0})
    (note,) = found.notes
    assert text(found).splitlines()[-1] == f"note: {note}"
    assert f"<p>note: {note}</p>" in html(found)
    assert Trace.from_json(found.to_json()).notes == (note,)


def test_of_some_members() -> None:
    made = [trace(lambda x, shift=shift: (x + shift).sqrt(), ZERO) for shift in (0.0, 1.0, 0.0)]
    said = f"f = sqrt(q) gives back no finite gradient at q = 0: {WHY}"
    told = over_members(made)
    assert told.notes == (f"in 2 of 3 members: {said}",)
    gradient = told["x"].gradient
    assert gradient is not None
    assert gradient.scalar == float("inf")
    assert over_members([made[0], made[2]]).notes == (said,)
