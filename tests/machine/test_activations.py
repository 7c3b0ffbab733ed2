"""Activations: numbers in their names, and errors that contain the cure."""

from __future__ import annotations

import pytest
import torch

from isinglass.errors import MachineError
from isinglass.machine.activations import activation


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("leaky_relu", -0.02),
        ("leaky_relu(0.1)", -0.2),
        (" elu(1.5) ", 1.5 * -0.8646647),
        ("softplus(2)", 0.0090749),
        ("swish", -0.2384058),
    ],
)
def test_value_at_minus_two(name: str, expected: float) -> None:
    assert float(activation(name)(torch.tensor(-2.0))) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rleu", "did you mean 'relu'"),
        ("ReLU", "did you mean 'relu'"),
        ("leaky-relu", "did you mean 'leaky_relu'"),
        ("tanh(2)", "takes no number.*'tanh'"),
        ("leaky_relu(steep)", "negative slope"),
        ("leaky_relu(nan)", "negative slope"),
        ("elu()", "alpha"),
        ("maxout(1)", "two pieces"),
        ("", "unknown activation"),
    ],
)
def test_errors(name: str, message: str) -> None:
    with pytest.raises(MachineError, match=message):
        activation(name)
