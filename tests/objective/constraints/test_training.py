"""Laws hold while networks are trained, in every plan of the engine that takes them, and plans agree."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isinglass.learning.members import column, product
from isinglass.learning.plans import PLANS, State, Tuning, Work
from isinglass.learning.population import populate
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.run import at_rest
from isinglass.learning.view import View
from isinglass.learning.workload import network_of
from isinglass.machine import build as build_machine
from isinglass.objective import build
from isinglass.objective.constraints import Head
from isinglass.objective.objective import Objective
from isinglass.recipe import ConstraintRecipe, MachineRecipe, ObjectiveRecipe, OptimizerRecipe
from isinglass.spec import Shape, Task

TARGETS = ("rain", "snow", "runoff")
POSITIVE = ConstraintRecipe(kind="positive")
RECIPES = {
    "bounds": (ConstraintRecipe(kind="bounds", columns=("rain",), lower=0, upper=20),),
    "parts of a total": (POSITIVE, ConstraintRecipe(kind="sum_to_total", total="inflow")),
    "projection": (ConstraintRecipe(kind="linear", matrix=((1.0, 1.0, 1.0),), right_side=("inflow",)),),
    "residual": (
        ConstraintRecipe(
            kind="linear", matrix=((1.0, "p", 1.0),), right_side=("inflow",), form="residual", solve_for=("runoff",)
        ),
    ),
}
FEATURES = {"inflow": 0, "p": 1}
MEMBERS, SAMPLES, STEPS = 3, 60, 15


def study(constraints: tuple[ConstraintRecipe, ...]) -> tuple[Work, State, Head]:
    objective = build(ObjectiveRecipe(constraints=constraints), Task.REGRESSION, TARGETS)
    head = objective.head(FEATURES)
    assert head is not None
    rng = np.random.default_rng(0)
    inputs = rng.uniform(1, 9, (SAMPLES, 2)).astype(np.float32)
    shares = rng.dirichlet((2, 1, 3), SAMPLES) * inputs[:, :1]
    one = torch.ones(MEMBERS, 2, dtype=torch.float64)
    problem = Problem(
        rows=Rows(
            inputs=torch.from_numpy(inputs),
            targets=torch.from_numpy(shares),
            weights=torch.ones(SAMPLES, dtype=torch.float64),
            role=torch.ones(MEMBERS, SAMPLES, dtype=torch.int8),
        ),
        view=View(
            center=5 * one,
            scale=0.3 * one,
            clip=torch.tensor([True, True]),
            target_center=torch.from_numpy(rng.uniform(1, 2, (MEMBERS, 3))),
            target_scale=torch.from_numpy(rng.uniform(0.5, 2, (MEMBERS, 3))),
            head=head,
        ),
        objective=Objective(objective.loss),
    )
    recipe, shape = MachineRecipe(hidden=(6,), activation="tanh"), Shape(2, objective.loss.width(3))
    members = product(folds=1, members=MEMBERS, seed=0, settings=[{}])
    population = populate(lambda seed: build_machine(recipe, shape, seed=seed), members, dtype=torch.float64)
    optimizer = OptimizerRecipe(kind="adam")
    work = Work(
        network=network_of(population, problem),
        rows=problem.rows,
        optimizer=optimizer,
        weight_decay=column(members, "weight_decay", 0.0).to(torch.float64),
        dropout=None,
        clip=0.0,
    )
    return work, at_rest(population, [m.seed for m in members], optimizer), head


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("plan", PLANS)
def test_laws_hold_before_and_after_training_and_plans_agree(plan: str, name: str) -> None:
    work, start, head = study(RECIPES[name])
    if PLANS[plan].supports(work):
        pytest.skip("this plan takes no heads")
    index = torch.randint(0, SAMPLES, (MEMBERS, STEPS, 8), generator=torch.Generator().manual_seed(1)).int()
    rates = torch.full((STEPS, MEMBERS), 0.02, dtype=torch.float64)
    expected, found = start.clone(), start.clone()
    PLANS["looped"](work, Tuning()).advance(expected, index, rates)
    PLANS[plan](work, Tuning()).advance(found, index, rates)
    torch.testing.assert_close(found.theta, expected.theta, rtol=1e-8, atol=1e-10)
    for state in (start, found):
        raw = PLANS[plan](work, Tuning()).forward(state, work.rows.inputs)
        y = raw[..., :3] * work.view.target_scale[:, None] + work.view.target_center[:, None]
        residual = head.laws.residual(y, head.columns(work.rows.inputs))
        assert residual.abs().max() < 1e-10
