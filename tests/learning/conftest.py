"""A small problem with a known answer, and what is needed to train on it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from isinglass.learning.members import Member
from isinglass.learning.population import Maker
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.view import View
from isinglass.machine import build
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import MachineRecipe
from isinglass.spec import Role, Shape

SAMPLES, FEATURES = 240, 2
MakeProblem = Callable[..., Problem]
MakeMaker = Callable[..., Maker]


@pytest.fixture
def make_problem() -> MakeProblem:
    """`make_problem(members, loss="squared", stop=True)`: y = sin(x_1) + x_2 / 2 and a little noise."""

    def make(members: int | tuple[Member, ...], loss: str = "squared", *, stop: bool = True) -> Problem:
        seeds = [m.seed for m in members] if isinstance(members, tuple) else list(range(members))
        rng = np.random.default_rng(0)
        inputs = rng.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
        targets = np.sin(inputs[:, :1]) + inputs[:, 1:] / 2 + rng.normal(0, 0.05, (SAMPLES, 1))
        if loss == "cross_entropy":
            targets = (targets > 0).astype(float)
        roles = [int(Role.TRAIN)] * 7 + [int(Role.STOP if stop else Role.OUT)] * 2 + [int(Role.TEST)]
        role = np.stack([np.random.default_rng(s).choice(roles, SAMPLES) for s in seeds]).astype(np.int8)
        count = len(seeds)
        return Problem(
            rows=Rows(
                inputs=torch.from_numpy(inputs),
                targets=torch.from_numpy(targets),
                weights=torch.ones(SAMPLES, dtype=torch.float64),
                role=torch.from_numpy(role),
                nominal=160,
            ),
            view=View(
                center=torch.zeros(count, FEATURES),
                scale=torch.ones(count, FEATURES),
                clip=torch.zeros(FEATURES, dtype=torch.bool),
                target_center=torch.zeros(count, 1),
                target_scale=torch.ones(count, 1),
            ),
            objective=Objective(LOSSES[loss]),
        )

    return make


@pytest.fixture
def make_maker() -> MakeMaker:
    """`make_maker(outputs=1, hidden=(8,), ...)`: makes networks from seeds."""

    def make(outputs: int = 1, **options: object) -> Maker:
        plain = {"hidden": (8,), "activation": "tanh", "numeric_embedding": "none"}
        recipe = MachineRecipe.model_validate(plain | options)
        return lambda seed: build(recipe, Shape(FEATURES, outputs), seed=seed)

    return make
