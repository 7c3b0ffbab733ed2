"""The multilayer perceptron: an `nn.Sequential` of known layers, so that every training plan can read it."""

from __future__ import annotations

import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine.activations import GAINS, activation, parse
from isinglass.machine.initialization import dense, generator
from isinglass.machine.layers import BatchNorm, Dropout, Residual
from isinglass.machine.tabular.encoding import encoder
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


def mlp(recipe: MachineRecipe, shape: Shape, *, seed: int) -> nn.Sequential:
    """Embeddings where wanted, dense layers with activations, then one dense layer to the raw outputs.

    A hidden layer is dense, normalization, activation, dropout, those of them that the recipe has. With
    `residual`, every hidden layer after the first is a block x + dropout(activation(dense(normalization(x)))),
    with a dense shortcut where the width changes.

    Args:
        recipe: resolved, no 'auto' left (`machine.defaults.resolve`).
        shape: features, cardinalities of the code features and raw outputs.
        seed: of the initial weights.

    Returns:
        A module `[..., batch, feature] -> [..., batch, width]`; of images it first makes rows of pixels.

    Raises:
        MachineError: for no hidden layers, an unknown activation or an unknown option.
    """
    rng = generator(seed)
    first, width = encoder(recipe, shape, rng)
    layers = [first] if first is not None else []
    layers = layers if shape.spec.flat else [nn.Flatten(-len(shape.spec.dims)), *layers]
    for number, units in enumerate(_hidden(recipe)):
        block = _residual_block if recipe.residual and number > 0 else _block
        layers += block(recipe, width, units, rng)
        width = units
    return nn.Sequential(*layers, dense(width, shape.outputs, rng=rng))


def _hidden(recipe: MachineRecipe) -> tuple[int, ...]:
    if recipe.hidden == "auto" or not recipe.hidden:
        raise MachineError(
            "a multilayer perceptron has at least one hidden layer",
            where="machine.hidden",
            given=list(recipe.hidden),
            instead="hidden = [64, 64], or kind = 'linear'",
        )
    return recipe.hidden


def _block(recipe: MachineRecipe, inputs: int, units: int, rng: torch.Generator) -> list[nn.Module]:
    activate, weights = _activated(recipe, inputs, units, rng)
    return [weights, *_normalization(recipe, weights.out_features), activate, *_dropout(recipe)]


def _residual_block(recipe: MachineRecipe, inputs: int, units: int, rng: torch.Generator) -> list[nn.Module]:
    activate, weights = _activated(recipe, inputs, units, rng)
    inner = nn.Sequential(*_normalization(recipe, inputs), weights, activate, *_dropout(recipe))
    return [Residual(inner, None if inputs == units else dense(inputs, units, rng=rng))]


def _activated(recipe: MachineRecipe, inputs: int, units: int, rng: torch.Generator) -> tuple[nn.Module, nn.Linear]:
    activate = activation(recipe.activation)
    gain = GAINS.get(parse(recipe.activation)[0], 1.0)
    return activate, dense(inputs, units * getattr(activate, "pieces", 1), rng=rng, gain=gain)


def _normalization(recipe: MachineRecipe, units: int) -> list[nn.Module]:
    match recipe.normalization:
        case "batch":
            return [BatchNorm(units)]
        case "layer":
            return [nn.LayerNorm(units)]
        case _:
            return []


def _dropout(recipe: MachineRecipe) -> list[nn.Module]:
    return [Dropout(float(recipe.dropout))] if recipe.dropout else []
