"""The normal equation, L-BFGS and the perceptron's rule: worked examples and oracles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression, Ridge
from torch import nn

from isinglass.errors import TrainingError
from isinglass.learning.members import product
from isinglass.learning.population import from_module
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.learning.view import View
from isinglass.machine.layers import Step
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import LearningRecipe, ObjectiveRecipe, OptimizerRecipe, PenaltyRecipe
from isinglass.spec import Role

NORMAL = LearningRecipe(optimizer=OptimizerRecipe(kind="closed_form"))


def rows(inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> Problem:
    """A problem of one member that trains on all rows, unscaled."""
    n, features = inputs.shape
    return Problem(
        rows=Rows(
            inputs=torch.from_numpy(inputs.astype(np.float32)),
            targets=torch.from_numpy(targets.astype(float)),
            weights=torch.from_numpy(np.ones(n) if weights is None else weights),
            role=torch.ones(1, n, dtype=torch.int8),
        ),
        view=View(
            center=torch.zeros(1, features),
            scale=torch.ones(1, features),
            clip=torch.zeros(features, dtype=torch.bool),
            target_center=torch.zeros(1, targets.shape[1]),
            target_scale=torch.ones(1, targets.shape[1]),
        ),
        objective=Objective(LOSSES["squared"]),
    )


def learnt(training: Training) -> Training:
    for _ in training:
        pass
    return training


def fit(problem: Problem, machine: nn.Module, recipe: LearningRecipe, objective: ObjectiveRecipe | None = None):
    """theta of one member."""
    members = product(folds=1, members=1, seed=0)
    return learnt(train(problem, from_module(machine), members, recipe, objective)).result().theta[0]


def data(n: int = 200, outputs: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(n, 4)).astype(np.float32)
    return inputs, inputs @ rng.normal(size=(4, outputs)) + rng.normal(size=(n, outputs)) + 3, rng.random(n)


def test_normal_equation() -> None:
    """Example 15: theta = (X^T X)^-1 X^T y."""
    inputs, targets, _ = data(outputs=1)
    X = np.column_stack([inputs.astype(float), np.ones(len(inputs))])
    expected = np.linalg.inv(X.T @ X) @ X.T @ targets
    found = fit(rows(inputs, targets), nn.Linear(4, 1), NORMAL)
    np.testing.assert_allclose(found.numpy(), expected[:, 0], rtol=1e-10)


def test_weighted_least_squares_with_several_outputs() -> None:
    inputs, targets, weights = data()
    oracle = LinearRegression().fit(inputs.astype(float), targets, sample_weight=weights)
    found = fit(rows(inputs, targets, weights), nn.Linear(4, 2), NORMAL)
    np.testing.assert_allclose(found.numpy(), [*oracle.coef_.ravel(), *oracle.intercept_], rtol=1e-9)


@pytest.mark.parametrize("strength", [0.01, 1.0])
def test_ridge(strength: float) -> None:
    inputs, targets, _ = data()
    # ours: mean over rows and outputs + strength |W|^2; theirs: sum over rows and outputs + alpha |W|^2
    oracle = Ridge(alpha=strength * targets.size, tol=1e-12).fit(inputs.astype(float), targets)
    objective = ObjectiveRecipe(penalties=(PenaltyRecipe(kind="l2", strength=strength),))
    found = fit(rows(inputs, targets), nn.Linear(4, 2), NORMAL, objective)
    np.testing.assert_allclose(found.numpy(), [*oracle.coef_.ravel(), *oracle.intercept_], rtol=1e-8)


def test_dependent_columns_give_the_shortest_solution() -> None:
    inputs, targets, _ = data(outputs=1)
    twice = np.column_stack([inputs, inputs])
    found = fit(rows(twice, targets), nn.Linear(8, 1), NORMAL)
    once = fit(rows(inputs, targets), nn.Linear(4, 1), NORMAL)
    np.testing.assert_allclose(found[:4].numpy(), once[:4].numpy() / 2, rtol=1e-8)
    np.testing.assert_allclose(found[4:8].numpy(), once[:4].numpy() / 2, rtol=1e-8)


def test_closed_form_only_where_there_is_one() -> None:
    inputs, targets, _ = data(outputs=1)
    with pytest.raises(TrainingError, match="closed form"):
        fit(rows(inputs, targets), nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1)), NORMAL)
    penalties = ObjectiveRecipe(penalties=(PenaltyRecipe(kind="l1", strength=0.1),))
    with pytest.raises(TrainingError, match="closed form"):
        fit(rows(inputs, targets), nn.Linear(4, 1), NORMAL, penalties)


def test_lbfgs_finds_what_the_normal_equation_finds() -> None:
    inputs, targets, weights = data()
    problem = rows(inputs, targets, weights)
    objective = ObjectiveRecipe(penalties=(PenaltyRecipe(kind="l2", strength=0.1),))
    second = LearningRecipe(optimizer=OptimizerRecipe(kind="lbfgs"), epochs=5, patience="never")
    np.testing.assert_allclose(
        fit(problem, nn.Linear(4, 2), second, objective).numpy(),
        fit(problem, nn.Linear(4, 2), NORMAL, objective).numpy(),
        rtol=1e-6,
    )


def test_lbfgs_equals_torchs(make_problem, make_maker) -> None:
    members = product(folds=1, members=2, seed=3)
    problem, maker = make_problem(members, stop=False), make_maker()
    recipe = LearningRecipe(optimizer=OptimizerRecipe(kind="lbfgs"), epochs=3)
    found = learnt(train(problem, maker, members, recipe)).result().theta
    for i, member in enumerate(members):
        network, chosen = maker(member.seed).double(), problem.rows.of(i, Role.TRAIN)
        optimizer = torch.optim.LBFGS(
            network.parameters(), lr=1.0, max_iter=10, line_search_fn="strong_wolfe",
            tolerance_grad=1e-10, tolerance_change=1e-14,
        )  # fmt: skip

        def closure(network=network, chosen=chosen, optimizer=optimizer) -> torch.Tensor:
            optimizer.zero_grad()
            loss = (network(problem.rows.inputs[chosen].double()) - problem.rows.targets[chosen]).square().mean()
            loss.backward()
            return loss

        for _ in range(3):
            optimizer.step(closure)
        expected = torch.cat([p.detach().flatten() for p in network.parameters()])
        torch.testing.assert_close(found[i], expected, rtol=1e-6, atol=1e-7)


BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
RULE = LearningRecipe(optimizer=OptimizerRecipe(kind="perceptron"), epochs=100)


def perceptron() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 1), Step())


def test_perceptron_of_two_bits() -> None:
    """Example 1: weights (0.5, 0.5), fires when the weighted sum > 0.5, strictly: AND."""
    machine = perceptron()
    with torch.no_grad():
        machine[0].weight[:] = 0.5  # pyright: ignore
        machine[0].bias[:] = -0.5  # pyright: ignore
    assert machine(torch.from_numpy(BITS).float())[:, 0].tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize("answers", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [0, 0, 1, 0]])
def test_perceptron_rule_learns_what_a_plane_divides(answers: list[int]) -> None:
    problem = rows(BITS, np.array(answers)[:, None])
    training = learnt(train(problem, from_module(perceptron()), product(folds=1, members=1, seed=0), RULE))
    network = training.result().network(0)
    assert network(torch.from_numpy(BITS).double())[:, 0].tolist() == answers
    assert training.run.ticks[-1].train_loss[0] == 0
    assert training.run.ticks[-1].epoch < 100, "it ends after an epoch without errors"


def test_perceptron_rule_cannot_learn_xor() -> None:
    problem = rows(BITS, np.array([0, 1, 1, 0])[:, None])
    training = learnt(train(problem, from_module(perceptron()), product(folds=1, members=1, seed=0), RULE))
    assert training.run.ticks[-1].epoch == 100
    assert training.run.ticks[-1].train_loss[0] > 0


def test_perceptron_rule_with_classes() -> None:
    problem = replace(rows(BITS, np.array([0, 1, 1, 2])[:, None]), objective=Objective(LOSSES["cross_entropy"]))
    machine = nn.Sequential(nn.Linear(2, 3), Step())
    training = learnt(train(problem, from_module(machine), product(folds=1, members=1, seed=0), RULE))
    outputs = training.result().network(0)(torch.from_numpy(BITS).double())
    # classes 0 and 2 can be divided from the rest by a line, class 1 cannot
    assert outputs[:, 0].tolist() == [1, 0, 0, 0]
    assert outputs[:, 2].tolist() == [0, 0, 0, 1]


def test_the_rule_is_for_perceptrons_only() -> None:
    with pytest.raises(TrainingError, match="perceptron rule"):
        fit(rows(BITS, BITS[:, :1]), nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)), RULE)
