"""Formulas as graphs, against closed forms."""

from __future__ import annotations

import math

import pytest

from isinglass.errors import UsageError
from isinglass.explanation.trace.expression import trace_expression

CASES = {
    "exp(-x ** 2)": ({"x": 0.7}, {"x": -1.4 * math.exp(-0.49)}),
    "log(x) / sqrt(y)": ({"x": 3, "y": 4}, {"x": 1 / 6, "y": -math.log(3) / 16}),
    "sin(x) * cos(y) + tanh(x)": (
        {"x": 0.3, "y": 1.1},
        {"x": math.cos(0.3) * math.cos(1.1) + 1 - math.tanh(0.3) ** 2, "y": -math.sin(0.3) * math.sin(1.1)},
    ),
    "1 / (1 + exp(-(w0 * x0 + w1 * x1 + w2)))": (
        {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3},
        # the sigmoid neuron of the Stanford course: 0.73, and gradients -0.20, 0.39, -0.39, -0.59, 0.20
        {"w0": -0.19661, "x0": 0.39322, "w1": -0.39322, "x1": -0.58984, "w2": 0.19661},
    ),
    "max(x, y) * min(x, 2) + abs(y) + relu(x)": ({"x": 3, "y": -1}, {"x": 3.0, "y": -1.0}),
    "2 ** x": ({"x": 3}, {"x": 8 * math.log(2)}),
    "sigmoid(x) - x / 4": ({"x": 0}, {"x": 0}),
}


@pytest.mark.parametrize("text", CASES)
def test_gradients(text: str) -> None:
    values, expected = CASES[text]
    found = trace_expression(text, values)
    for name, gradient in expected.items():
        assert found[name].gradient.scalar == pytest.approx(gradient, abs=5e-6), name
    assert found.difference < 1e-12


def test_named_results() -> None:
    found = trace_expression("q = x + y; f = q * z", {"x": -2, "y": 5, "z": -4})
    assert {node.name: node.value.scalar for node in found} == {"x": -2, "y": 5, "z": -4, "q": 3, "f": -12}


def test_a_name_that_is_a_variable_is_not_taken_for_a_result() -> None:
    found = trace_expression("(f + q) * 2 + f", {"f": 1, "q": 2})
    assert {node.name for node in found} == {"f", "q", "r", "s", "result"}
    assert found.result.value.scalar == 7


def test_kinks_are_said() -> None:
    assert "kink at 0" in trace_expression("relu(x) + 1", {"x": 0}).notes[0]
    assert "both are equal" in trace_expression("max(x, y) + 1", {"x": 2, "y": 2}).notes[0]


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("x + y", {"x": 1}, "'y' has no value"),
        ("x + y", {"x": 1, "y": 2, "z": 3}, "does not use this value. Given: z"),
        ("x / y", {"x": 1, "y": 0}, "division by zero"),
        ("log(x)", {"x": -1}, "has no value here"),
        ("x +", {"x": 1}, "missing at the end"),
        ("x + __import__('os')", {"x": 1}, "no such sign|unknown function"),
        ("3 * 4", {}, "no variable"),
        ("q = x; q = x + 1", {"x": 1}, "one new name"),
        ("x + 1; x + 2", {"x": 1}, "only the last formula"),
        ("q = x + 1; q * 2", {"x": 1, "q": 2}, "given a value and defined"),
        ("", {}, "empty"),
    ],
)
def test_bad_formulas(text: str, values: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        trace_expression(text, values)
