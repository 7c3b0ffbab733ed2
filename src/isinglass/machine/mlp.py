"""The multilayer perceptron: an `nn.Sequential` of known layers, so that every training plan can read it."""

from __future__ import annotations

import math

import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine.activations import activation
from isinglass.machine.initialization import generator, linear
from isinglass.machine.layers import Dropout
from isinglass.recipe import MachineRecipe
from isinglass.types import Shape

GAINS = {
    "relu": math.sqrt(2),
    "leaky_relu": math.sqrt(2),
    "tanh": 5 / 3,
    "silu": math.sqrt(2),
    "gelu": math.sqrt(2),
}


def mlp(recipe: MachineRecipe, shape: Shape, *, seed: int) -> nn.Sequential:
    """Dense layers with activations, then one dense layer to the raw outputs.

    Args:
        recipe: resolved, no 'auto' left (`machine.defaults.resolve`).
        shape: features and raw outputs.
        seed: of the initial weights.

    Returns:
        A module `[..., batch, feature] -> [..., batch, width]`.
    """
    rng = generator(seed)
    layers: list[nn.Module] = []
    width = shape.features
    for units in _hidden(recipe):
        layers += block(recipe, width, units, rng)
        width = units
    return nn.Sequential(*layers, linear(width, shape.outputs, rng=rng))


def block(recipe: MachineRecipe, inputs: int, units: int, rng: torch.Generator) -> list[nn.Module]:
    """Dense, activation, dropout."""
    base = recipe.activation.split("(")[0]
    layers = [linear(inputs, units, rng=rng, gain=GAINS.get(base, 1.0)), activation(recipe.activation)]
    return [*layers, Dropout(float(recipe.dropout))] if recipe.dropout else layers


def _hidden(recipe: MachineRecipe) -> tuple[int, ...]:
    if not recipe.hidden or isinstance(recipe.hidden, str):
        raise MachineError(
            "a multilayer perceptron has at least one hidden layer", where="machine.hidden", given=recipe.hidden,
            instead="hidden = [64, 64], or kind = 'linear'",
        )  # fmt: skip
    return recipe.hidden
