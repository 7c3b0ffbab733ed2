"""A study's networks as they stand before training: built from the recipe, started from a checkpoint, and, where a
machine asks for it, fitted to its own training images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from isinglass.learning.members import Member
from isinglass.learning.population import Maker
from isinglass.learning.problem import Problem, scaled
from isinglass.machine import Own, build
from isinglass.machine.checkpoints import read_weights, take
from isinglass.recipe import MachineRecipe
from isinglass.types import Role, Shape, Task

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
        ModelFileError: the checkpoint cannot be used.
    """
    weights = read_weights(recipe.start) if recipe.start else None
    place = {member.seed: member.index for member in members}

    def make(seed: int) -> nn.Module:
        machine = build(recipe, shape, seed=seed, task=task, own=own)
        fit = getattr(machine, "fit_to", None)
        if callable(fit) and seed in place:
            fit(training_images(problem, place[seed]))
        if weights is not None:
            take(machine, weights, where=recipe.start, kind=recipe.kind)
        return machine

    if weights is None:
        return make, ()
    started = take(build(recipe, shape, seed=0, task=task, own=own), weights, where=recipe.start, kind=recipe.kind)
    return make, (f"all networks start from {Path(recipe.start).name}: {started}",)


def training_images(problem: Problem, member: int) -> Tensor:
    """Some of a member's training images as it sees them: [image, channel, height, width]."""
    rows = problem.rows(member, Role.TRAIN)
    rows = rows[:: max(1, len(rows) // LOOKED)][:LOOKED]
    center, scale = (part[member].float()[:, None, None] for part in (problem.center, problem.scale))
    return scaled(problem.inputs.index_select(0, rows), center, scale, problem.clip[:, None, None]).to(torch.float32)
