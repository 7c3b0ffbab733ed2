"""The lecture decks' examples 12 to 15: gradients, training by hand, ways to the minimum, the normal equation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from isinglass.learning.members import product
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.train import train
from isinglass.learning.view import View
from isinglass.machine import build
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.objective.penalties import PENALTIES
from isinglass.recipe import LearningRecipe, MachineRecipe, Recipe
from isinglass.spec import Shape, Task
from isinglass.workbench.events import result_of
from isinglass.workbench.population import train_population
from isinglass.workbench.prepare import prepare

ROWS = 90


def problem() -> Problem:
    """y = 1 + 2 x_1 - x_2 and noise; one member that trains on all rows, unscaled."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, 2)).astype(np.float32)
    y = 1 + x @ np.array([[2.0], [-1.0]]) + 0.3 * rng.normal(size=(ROWS, 1))
    return Problem(
        rows=Rows(
            inputs=torch.from_numpy(x),
            targets=torch.from_numpy(y),
            weights=torch.ones(ROWS, dtype=torch.float64),
            role=torch.ones(1, ROWS, dtype=torch.int8),
        ),
        view=View(
            center=torch.zeros(1, 2),
            scale=torch.ones(1, 2),
            clip=torch.zeros(2, dtype=torch.bool),
            target_center=torch.zeros(1, 1),
            target_scale=torch.ones(1, 1),
        ),
        objective=Objective(LOSSES["squared"]),
    )


def learn(**learning: object) -> tuple[Tensor, list[float]]:
    """(w_1, w_2, b) of a linear machine, and the training loss after each epoch."""
    settings = {"members": 1, "patience": "never", "precision": "float64", "plan": "stacked"} | learning
    recipe = LearningRecipe.model_validate(settings)
    training = train(
        problem(),
        lambda seed: build(MachineRecipe(kind="linear"), Shape(2, 1), seed=seed),
        product(folds=1, members=1, seed=0),
        recipe,
    )
    losses = [float(tick.train_loss[0]) for tick in training]
    return training.result().theta[0].double(), losses


def by_normal_equation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    X = np.column_stack([x, np.ones(len(x))]).astype(np.float64)
    return np.linalg.inv(X.T @ X) @ X.T @ y


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if Task.SEGMENTATION not in loss.tasks])
def test_12_gradient_of_every_objective_by_every_parameter(name: str) -> None:
    loss = LOSSES[name]
    classes = loss.tasks == (Task.CLASSIFICATION,)
    count = 2 if name == "binary_cross_entropy" else 3
    width = loss.width(count if classes else 2)
    machine = build(MachineRecipe(hidden=(4,), activation="tanh", dropout=0.0), Shape(3, width), seed=0).double()
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(6, 3, generator=rng, dtype=torch.float64)
    y = torch.arange(6, dtype=torch.float64)[:, None] % count if classes else torch.rand(6, 2, generator=rng).double()
    y = y if Task.REGRESSION in loss.tasks or classes else y.round()
    names, values = zip(*((n, p.detach().requires_grad_()) for n, p in machine.named_parameters()), strict=True)

    def objective(*parameters: Tensor) -> Tensor:
        raw = torch.func.functional_call(machine, dict(zip(names, parameters, strict=True)), (x,))
        weights = torch.cat([p.flatten() for p in parameters if p.dim() > 1])
        return loss.function(raw, y).mean() + PENALTIES["l2"].value(weights, 0.1)

    assert torch.autograd.gradcheck(objective, values)


def test_13_training_by_hand() -> None:
    """Linear model from zeros: dJ/db = mean 2 (z - y), dJ/dW_j = mean 2 x_j (z - y)."""
    x, y = problem().rows.inputs.double().numpy(), problem().rows.targets.numpy()
    w, b, rate, expected = np.zeros((2, 1)), 0.0, 0.05, []
    for _ in range(30):
        error = x @ w + b - y
        expected.append(float((error**2).mean()))
        w, b = w - rate * (2 * x * error).mean(axis=0)[:, None], b - rate * float((2 * error).mean())
    constant = {"kind": "constant"}
    theta, told = learn(batch="full", epochs=30, optimizer={"kind": "sgd", "rate": rate}, schedule=constant)
    assert theta.numpy() == pytest.approx([*w[:, 0], b], rel=1e-9)
    assert len(told) == 30  # progress is told while it runs
    assert told == pytest.approx(expected, rel=1e-9)


WAYS = {
    "batch": {"batch": "full", "epochs": 300, "optimizer": {"kind": "sgd", "rate": 0.1}},
    "stochastic": {"batch": 1, "epochs": 20, "optimizer": {"kind": "sgd", "rate": 0.01}},
    "mini-batch": {"batch": 16, "epochs": 40, "optimizer": {"kind": "sgd", "rate": 0.05}},
    "momentum": {"batch": 16, "epochs": 40, "optimizer": {"kind": "sgd", "rate": 0.02, "momentum": 0.9}},
    "Nesterov": {
        "batch": 16,
        "epochs": 40,
        "optimizer": {"kind": "sgd", "rate": 0.02, "momentum": 0.9, "nesterov": True},
    },
    "Adam": {"batch": 16, "epochs": 60, "optimizer": {"kind": "adam", "rate": 0.05}},
}
RATES = {
    "decays": {"kind": "exponential", "factor": 0.05},
    "rises and falls": {"kind": "one_cycle"},
}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("way", WAYS)
def test_14_all_ways_lead_to_the_minimum(way: str, rate: str) -> None:
    theta, losses = learn(**WAYS[way], schedule=RATES[rate])
    expected = by_normal_equation(problem().rows.inputs.numpy(), problem().rows.targets.numpy())[:, 0]
    assert theta.numpy() == pytest.approx(expected, abs=0.03)
    assert losses[-1] < losses[0]


def test_15_normal_equation_of_each_member_of_a_study() -> None:
    recipe = Recipe.from_dict(
        {
            "data": {"source": "diabetes", "features": ["bmi", "bp", "s5"]},
            "machine": {"kind": "linear"},
            "objective": {"loss": "squared"},
            "learning": {"members": 4, "optimizer": {"kind": "closed_form"}, "precision": "float64"},
        }
    )
    found = prepare(recipe)
    last = result_of(train_population(found.dataset, found.splits, found.recipe))
    said = last.ensemble.members(found.dataset.inputs)
    for member, role in enumerate(last.role):
        mine = role == 1
        theta = by_normal_equation(found.dataset.inputs[mine], found.dataset.targets[mine])
        expected = np.column_stack([found.dataset.inputs, np.ones(len(found.dataset))]) @ theta
        assert said[member] == pytest.approx(expected, rel=1e-5)
