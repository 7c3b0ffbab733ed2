"""A study's networks as they stand before training: built from the recipe, started from a checkpoint, and, where a
machine asks for it, fitted to its own training images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from isinglass.errors import ModelFileError
from isinglass.learning.members import Member
from isinglass.learning.population import Maker
from isinglass.learning.problem import Problem
from isinglass.learning.view import scaled
from isinglass.machine import Own, build
from isinglass.machine.checkpoints import Started, read_weights, take
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
    along = view.spec.along
    center, scale = (part[member].float()[along] for part in (view.center, view.scale))
    return scaled(problem.rows.inputs.index_select(0, rows), center, scale, view.clip[along]).to(torch.float32)
