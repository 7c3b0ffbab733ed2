"""The first layer of a machine: embeddings, where the recipe or the columns ask for them."""

from __future__ import annotations

import torch
from torch import nn

from isinglass.machine.defaults import embedding_options
from isinglass.machine.layers import (
    CategoricalEmbedding,
    Encoder,
    PeriodicEmbedding,
    PeriodicReluEmbedding,
    PiecewiseEmbedding,
)
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape


def encoder(recipe: MachineRecipe, shape: Shape, rng: torch.Generator) -> tuple[nn.Module | None, int]:
    """The layer, or None where features go in as they are, and the width of its output."""
    columns = len(shape.cardinalities)
    features = shape.features - columns
    numeric, width = _numeric(recipe, features, rng)
    if not columns:
        return (None if isinstance(numeric, nn.Identity) else Encoder(features, numeric, None)), width
    categorical = CategoricalEmbedding(shape.cardinalities, recipe.embedding)
    return Encoder(features, numeric, categorical), width + columns * recipe.embedding


def _numeric(recipe: MachineRecipe, features: int, rng: torch.Generator) -> tuple[nn.Module, int]:
    options = embedding_options(recipe)
    if features == 0 or recipe.numeric_embedding not in ("periodic", "piecewise"):
        return nn.Identity(), features
    width = features * options.width
    if recipe.numeric_embedding == "piecewise":
        return PiecewiseEmbedding(features, bins=options.bins, width=options.width, rng=rng), width
    periodic = PeriodicEmbedding if options.variant == "pbld" else PeriodicReluEmbedding
    layer = periodic(
        features,
        frequencies=options.frequencies,
        width=options.width,
        sigma=options.sigma,
        slowest=options.slowest,
        rng=rng,
    )
    return layer, width
