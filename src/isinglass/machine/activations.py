"""Activations by name. Each is an `nn.Module` without parameters.

`ACTIVATIONS[name]()` makes one; some names may carry one number, as in `leaky_relu(0.1)`.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable
from functools import partial

from torch import nn

from isinglass.errors import MachineError
from isinglass.machine.layers import Maxout

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
    "softmax": partial(nn.Softmax, dim=-1),
    "maxout": Maxout,
}
WITH_NUMBER = {"leaky_relu": "negative slope", "elu": "alpha", "softplus": "beta", "maxout": "pieces"}

GAINS = {
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "leaky_relu": math.sqrt(2),
    "elu": math.sqrt(2),
    "gelu": math.sqrt(2),
    "silu": math.sqrt(2),
    "swish": math.sqrt(2),
    "mish": math.sqrt(2),
}
"""Factor of the initial weights that keeps the size of signals through many layers; 1 for the others.
ReLU: He et al. (2015), doi:10.1109/ICCV.2015.123; tanh: as `torch.nn.init.calculate_gain`; the smooth relatives of
ReLU take ReLU's."""


def activation(name: str) -> nn.Module:
    """A new layer.

    `leaky_relu(0.1)` sets the negative slope, `elu(1.5)` alpha, `softplus(2)` beta, `maxout(3)` the pieces.

    Raises:
        MachineError: for an unknown name (it names the nearest) or a number that does not fit.
    """
    base, number = parse(name)
    return ACTIVATIONS[base]() if number is None else ACTIVATIONS[base](number)


def parse(name: str) -> tuple[str, float | None]:
    """`leaky_relu(0.1)` -> ("leaky_relu", 0.1); `relu` -> ("relu", None). Raises MachineError as `activation` does."""
    match = re.fullmatch(r"(\w+)(?:\(([^()]*)\))?", name.strip())
    base, number = match.groups() if match else (name, None)
    if base not in ACTIVATIONS:
        near = difflib.get_close_matches(base.lower(), ACTIVATIONS, n=1)
        cure = f"did you mean '{near[0]}'?" if near else None
        raise _error("unknown activation", name, allowed=ACTIVATIONS, instead=cure)
    return base, None if number is None else _number(name, base, number)


def _number(name: str, base: str, text: str) -> float:
    if base not in WITH_NUMBER:
        raise _error("this activation takes no number", name, instead=f"'{base}'")
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        cure = f"'{base}' or '{base}(2)': the number is the {WITH_NUMBER[base]}"
        raise _error("the activation's number cannot be read", name, instead=cure)
    return number


def _error(what: str, given: str, *, allowed: object = None, instead: str | None = None) -> MachineError:
    return MachineError(what, where="machine.activation", given=repr(given), allowed=allowed, instead=instead)
