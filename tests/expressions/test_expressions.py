"""Formulas: what is read, what it computes, what is refused."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from isinglass.errors import UsageError
from isinglass.expressions import ARITHMETIC, ONE, TWO, Call, Node, Number, Variable, parse, written

VALUES = {"x": 1.5, "y": -2.0, "z": 0.25}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(x + y) * z", (1.5 - 2.0) * 0.25),
        ("x - y - z", 1.5 + 2.0 - 0.25),
        ("x / y / z", 1.5 / -2.0 / 0.25),
        ("2 ** 3 ** 2", 512.0),
        ("-x ** 2", -2.25),
        ("(-x) ^ 2", 2.25),
        ("2 ** -1", 0.5),
        ("2 * -y", 4.0),
        ("--x + +y", -0.5),
        ("1e-3 * 2.5E+2 + .5", 0.75),
        ("exp(log(x)) + sqrt(z)", 2.0),
        ("max(x, y) - min(x, y)", 3.5),
        ("relu(y) + abs(y)", 2.0),
        ("sin(pi / 2) + cos(0) + tan(0)", 2.0),
        ("tanh(1) - (e**2 - 1) / (e**2 + 1)", 0.0),
        ("sigmoid(0) + sigmoid(-800) + sigmoid(800)", 1.5),
    ],
)
def test_value(text: str, value: float) -> None:
    assert parse(text)(VALUES) == pytest.approx(value, abs=1e-15)
    tensors = {name: torch.tensor(number, dtype=torch.float64) for name, number in VALUES.items()}
    assert float(parse(text)(tensors)) == pytest.approx(value, abs=1e-12)


def test_names_in_order_and_quoted_names() -> None:
    formula = parse("`air temp` * b + a * b - pi")
    assert formula.names == ("air temp", "b", "a")
    assert formula({"air temp": 2.0, "b": 3.0, "a": 1.0}) == pytest.approx(9 - math.pi)


def test_tensors_keep_their_gradient() -> None:
    x = torch.linspace(-2, 2, 5, dtype=torch.float64).requires_grad_()
    y = parse("max(x ** 2, 1) * min(3, exp(x))")({"x": x})
    y.sum().backward()
    expected = torch.where(x.abs() > 1, 2 * x, 0) * x.exp().clamp(max=3) + x.square().clamp(min=1) * torch.where(
        x.exp() < 3, x.exp(), 0
    )
    inside = x.abs() != 1  # at the kink any slope between both is right
    assert x.grad is not None
    torch.testing.assert_close(x.grad[inside], expected.detach()[inside])


trees = st.recursive(
    st.floats(0.1, 10).map(lambda v: Number(float(f"{v:g}"))) | st.sampled_from("xyz").map(Variable),
    lambda part: (
        st.tuples(st.sampled_from(["add", "sub", "mul"]), part, part).map(lambda t: Call(t[0], t[1:]))
        | part.map(lambda p: Call("neg", (p,)))
        | st.tuples(st.sampled_from(list(TWO)), part, part).map(lambda t: Call(t[0], t[1:]))
        | st.tuples(st.sampled_from(["tanh", "sin", "relu", "sigmoid"]), part).map(lambda t: Call(t[0], t[1:]))
    ),
    max_leaves=12,
)


@given(trees)
def test_what_is_written_is_read_back(tree: Node) -> None:
    assert parse(written(tree)).tree == tree


@given(trees)
def test_values_agree_with_python(tree: Node) -> None:
    """Python itself reads the same text: the oracle of precedence and arithmetic."""
    names = {**ONE, "max": max, "min": min, **VALUES, "__builtins__": {}}
    assert parse(written(tree))(VALUES) == eval(written(tree), names)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("x +", "missing at the end"),
        ("x y", "operator is missing"),
        ("2(x)", "operator is missing"),
        ("(x", "closing bracket"),
        ("x)", "not expected"),
        ("x, y", "not expected"),
        ("* x", "missing before this"),
        ("x $ y", "no such sign"),
        ("x.real", "no such sign"),
        ("sine(x)", "did you mean 'sin'"),
        ("__import__(os)", "unknown function"),
        ("__import__('os')", "no such sign"),
        (" + ".join(["x"] * 300), "at most"),
        ("x + 3 $ y", "character 7"),
        ("exp(x, y)", "one value"),
        ("max(x)", "two values"),
        ("(" * 150 + "x" + ")" * 150, "levels"),
        ("-" * 150 + "x", "levels"),
        ("`x", "no such sign"),
    ],
)
def test_refused(text: str, words: str) -> None:
    with pytest.raises(UsageError, match="(?s)" + words):
        parse(text)


@pytest.mark.parametrize("text", ["1 / (x - x)", "log(y)", "sqrt(y)", "y ** 0.5", "exp(1000)", "0 ** y"])
def test_no_value_here(text: str) -> None:
    with pytest.raises(UsageError, match="no value here"):
        parse(text)(VALUES)


def test_every_operation_has_a_gradient() -> None:
    for name in ONE:
        x = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda v, name=name: parse(f"{name}(x)")({"x": v}), x)
    for name in ARITHMETIC:
        x = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        tree = Call(name, (Variable("x"), Number(2.0)))
        assert torch.autograd.gradcheck(lambda v, tree=tree: parse(written(tree))({"x": v}), x)
