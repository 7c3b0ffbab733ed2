"""Activations by name. Each is an elementwise `nn.Module` without parameters, unless its own docstring says more.

`ACTIVATIONS[name]()` makes one; a name may carry one number, as in `leaky_relu(0.1)`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from torch import nn

from isinglass.errors import MachineError

ACTIVATIONS: dict[str, Callable[..., nn.Module]] = {
    "identity": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "swish": nn.SiLU,
    "mish": nn.Mish,
    "softplus": nn.Softplus,
}
WITH_NUMBER = ("leaky_relu", "elu", "softplus")


def activation(name: str) -> nn.Module:
    """A new layer. Raises MachineError that names the nearest activation.

    `leaky_relu(0.1)` sets the negative slope, `elu(1.5)` alpha, `softplus(2)` beta.
    """
    match = re.fullmatch(r"(\w+)(?:\(([^()]+)\))?", name.strip())
    base, number = match.groups() if match else (name, None)
    if base not in ACTIVATIONS:
        near = difflib.get_close_matches(base, ACTIVATIONS, n=1)
        cure = f"did you mean '{near[0]}'?" if near else None
        raise MachineError(
            "unknown activation", where="machine.activation", given=name, allowed=ACTIVATIONS, instead=cure
        )
    return ACTIVATIONS[base]() if number is None else ACTIVATIONS[base](_number(name, base, number))


def _number(name: str, base: str, text: str) -> float:
    if base not in WITH_NUMBER:
        raise MachineError(
            "this activation takes no number", where="machine.activation", given=name, instead=base
        )
    try:
        return float(text)
    except ValueError:
        raise MachineError(
            "not a number in the activation", where="machine.activation", given=name, instead=f"{base}(0.1)"
        ) from None
