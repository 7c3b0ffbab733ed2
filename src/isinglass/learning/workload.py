"""From recipes to the work that plans are given."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from isinglass.learning.defaults import FULL, steps_per_epoch
from isinglass.learning.members import Member, column
from isinglass.learning.network import Network
from isinglass.learning.parameters.param_groups import pieces_of
from isinglass.learning.plans.plan import Work
from isinglass.learning.population import Population
from isinglass.learning.problem import Problem
from isinglass.machine.layers import dropout_layers
from isinglass.recipe import LearningRecipe, ObjectiveRecipe


def dtype_of(recipe: LearningRecipe) -> torch.dtype:
    """float32, or float64 where it is asked for or a solver wants it; bfloat16 concerns products only."""
    exact = recipe.precision == "float64" or (recipe.precision == "auto" and recipe.optimizer.kind in FULL)
    return torch.float64 if exact else torch.float32


def work_of(
    problem: Problem,
    population: Population,
    members: Sequence[Member],
    recipe: LearningRecipe,
    objective: ObjectiveRecipe,
    frozen: tuple[str, ...] = (),
) -> Work:
    """The work of a population; `recipe` has no 'auto' left. A member's own settings override the recipes'.

    Raises:
        MachineError: for a frozen stage that the machine does not have.
    """
    dtype = population.theta.dtype
    strengths = [column(members, f"penalty.{i}", p.strength) for i, p in enumerate(objective.penalties)]
    layers = dropout_layers(population.machine).values()
    shared = max((float(layer.p) for layer in layers), default=0.0)
    dropout = column(members, "dropout", shared).to(dtype)
    machine, layout = population.machine, population.layout
    steps = steps_per_epoch(problem.rows.epoch, recipe.batch) * int(recipe.epochs)
    matrices = recipe.optimizer.kind == "muon"
    return Work(
        network=network_of(population, problem),
        rows=problem.rows,
        optimizer=recipe.optimizer,
        weight_decay=column(members, "weight_decay", float(recipe.optimizer.weight_decay)).to(dtype),
        dropout=dropout if any("dropout" in member.hyper for member in members) else None,
        penalties=objective.penalties,
        penalty_strength=torch.stack(strengths).to(dtype) if strengths else None,
        clip=recipe.clip,
        pieces=pieces_of(machine, layout, frozen=frozen, decay=recipe.layer_decay, matrices=matrices),
        frozen=frozen,
        thaw=round(recipe.unfreeze * steps),
        average=recipe.average,
        lookahead=recipe.lookahead,
        adversarial=recipe.adversarial,
        feed=problem.feed,
    )


def network_of(population: Population, problem: Problem) -> Network:
    """What the population's members share as predictors."""
    dtype = population.theta.dtype
    return Network(population.machine, population.layout, problem.view, problem.objective, dtype)
