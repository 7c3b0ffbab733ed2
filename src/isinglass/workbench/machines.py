"""A study's networks as they stand before training: built from the recipe, started from a checkpoint, and, where a
machine asks for it, fitted to its own training images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from isinglass.data.images.schema import ImageSchema
from isinglass.data.scaling import Scaling
from isinglass.errors import ModelFileError, RecipeError
from isinglass.learning.members import Member
from isinglass.learning.population import Maker
from isinglass.learning.problem import Problem
from isinglass.learning.view import scaled
from isinglass.machine import Own, build
from isinglass.machine.checkpoints import IMAGENET_MEAN, IMAGENET_STD, Started, read_scaling, read_weights, take
from isinglass.machine.stages import belongs, heads_of
from isinglass.recipe import MachineRecipe
from isinglass.spec import Role, Shape, Task

LOOKED = 5000
"""Training images that a machine is fitted to before it learns."""


def maker_of(
    recipe: MachineRecipe,
    shape: Shape,
    *,
    task: Task,
    problem: Problem,
    members: Sequence[Member],
    own: Own | None = None,
) -> tuple[Maker, tuple[str, ...]]:
    """How a member's network is made from its seed, and what the user should know of its start.

    Args:
        recipe: its `start` names a checkpoint.
        shape: of inputs and outputs.
        task: what is predicted.
        problem: for the training rows of each member.
        members: by whose seeds rows are found.
        own: a machine given in Python.

    Raises:
        ModelFileError: the checkpoint cannot be used, or not with its head.
    """
    weights = read_weights(recipe.start) if recipe.start else None
    place = {member.seed: member.index for member in members}

    def make(seed: int) -> nn.Module:
        machine = build(recipe, shape, seed=seed, task=task, own=own)
        fit = getattr(machine, "fit_to", None)
        if callable(fit) and seed in place:
            fit(training_images(problem, place[seed]))
        if weights is not None:
            _started(machine, weights, recipe)
        return machine

    if weights is None:
        return make, ()
    started = _started(build(recipe, shape, seed=0, task=task, own=own), weights, recipe)
    return make, (f"all networks start from {Path(recipe.start).name}: {started}",)


def _started(machine: nn.Module, weights: Mapping[str, Tensor], recipe: MachineRecipe) -> Started:
    """Raises ModelFileError where a head that is to be kept does not fit."""
    started = take(machine, weights, where=recipe.start, kind=recipe.kind, new_head=recipe.head == "new")
    unfit = [n for n in started.replaced if any(belongs(n, head) for head in heads_of(machine))]
    if recipe.head == "keep" and unfit:
        own, theirs = (tuple(part[unfit[0]].shape) for part in (machine.state_dict(), weights))
        raise ModelFileError(
            "the checkpoint's head is for other classes and cannot be kept",
            where="machine.head",
            given=f"keep; {unfit[0]} of shape {theirs}, where {own} is needed",
            instead="head = 'new'",
        )
    return started


def training_images(problem: Problem, member: int) -> Tensor:
    """Some of a member's training images as it sees them: [image, channel, height, width]."""
    view, rows = problem.view, problem.rows.of(member, Role.TRAIN)
    rows = rows[:: max(1, len(rows) // LOOKED)][:LOOKED]
    center, scale = (part[member].float()[:, None, None] for part in (view.center, view.scale))
    return scaled(problem.rows.inputs.index_select(0, rows), center, scale, view.clip[:, None, None]).to(torch.float32)


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
