"""Pixels scaled as those were that a start's weights were trained on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isinglass.data.images.schema import ImageSchema
from isinglass.data.scaling import Scaling
from isinglass.errors import RecipeError
from isinglass.machine.checkpoints import IMAGENET_MEAN, IMAGENET_STD, read_scaling
from isinglass.recipe import MachineRecipe


def scaling_of_start(scaling: Scaling, recipe: MachineRecipe, schema: ImageSchema) -> Scaling:
    """The scaling of pixels that `machine.scaling` asks for, the same for all members; 'own' leaves it.

    Raises:
        RecipeError: these images have no such scaling. ModelFileError: the start does not say its own.
    """
    if recipe.scaling in ("own", "auto"):
        return scaling
    if recipe.scaling == "start":
        center, scale = (part.numpy() for part in read_scaling(recipe.start))
    else:
        most = float(np.iinfo(schema.depth).max) if schema.depth != "float32" else np.nan
        center, scale = most * np.array(IMAGENET_MEAN), 1 / (most * np.array(IMAGENET_STD))
    if len(center) != len(schema.channels) or not np.isfinite(center).all():
        raise RecipeError(
            "the images are not of the kind that this scaling is for",
            where="machine.scaling",
            given=f"{recipe.scaling}, {len(schema.channels)} channels of {schema.depth}",
            allowed=f"{len(center)} channels of whole numbers"
            if recipe.scaling == "imagenet"
            else f"{len(center)} channels",
            instead="scaling = 'own'",
        )
    members = len(scaling.center)
    return replace(scaling, center=np.tile(center, (members, 1)), scale=np.tile(scale, (members, 1)))
