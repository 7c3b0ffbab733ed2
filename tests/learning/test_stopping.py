"""The best of each member, and the loss that decides."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from isinglass.learning import evaluate
from isinglass.learning.batches import role_index
from isinglass.learning.members import product
from isinglass.learning.plans import PLANS, State, Tuning
from isinglass.learning.stopping import TICK_STEPS, TICKS, Best, Pace
from isinglass.learning.train import train
from isinglass.recipe import LearningRecipe
from isinglass.spec import Role


def state(values: list[float], members: list[int]) -> State:
    theta, at = torch.tensor(values, dtype=torch.float64)[:, None], torch.tensor(members)
    return State(theta, {}, {"mean": theta.clone()}, torch.zeros_like(at), at, at)


def test_each_member_keeps_its_own_best_and_grows_tired_alone() -> None:
    best = Best.of(state([0.0, 0.0, 0.0], [0, 1, 2]))
    best.observe(state([1.0, 2.0, 3.0], [0, 1, 2]), torch.tensor([1.0, 1.0, torch.nan]).double(), 1.0)
    best.observe(state([5.0, 6.0], [1, 0]), torch.tensor([2.0, 0.5]).double(), 2.0)
    assert best.theta[:, 0].tolist() == [6.0, 2.0, 0.0]
    assert best.buffers["mean"][:, 0].tolist() == [6.0, 2.0, 0.0]
    assert best.epoch.tolist() == [2.0, 1.0, 0.0]
    assert best.waiting(torch.tensor([0, 1]), 4.0, 3).tolist() == [False, True]
    assert best.waiting(torch.tensor([0, 1]), 99.0, "never").tolist() == [False, False]
    best.forget(torch.tensor([0]))
    assert best.loss[0] == torch.inf


@pytest.mark.parametrize("plan", PLANS)
def test_data_loss_is_the_weighted_mean_in_any_blocks(make_problem, make_maker, monkeypatch, plan: str) -> None:
    members = product(folds=1, members=3, seed=3)
    problem = make_problem(members)
    problem.rows.weights[:] = torch.rand(problem.rows.samples, generator=torch.Generator().manual_seed(0))
    training = train(problem, make_maker(), members, LearningRecipe(precision="float64"))
    if PLANS[plan].supports(training.work):
        pytest.skip("not for this machine")
    rows = role_index(problem.rows, Role.STOP, most=1000)
    monkeypatch.setattr(evaluate, "VALUES", 50)
    found = evaluate.data_loss(PLANS[plan](training.work, Tuning()), training.work, training.initial, rows)
    for i in range(3):
        own = problem.rows.of(i, Role.STOP)
        network = training.population.network(i)
        error = (network(problem.rows.inputs[own].double()) - problem.rows.targets[own]).square()[:, 0]
        expected = np.average(error.numpy(), weights=problem.rows.weights[own].numpy())
        assert float(found[i]) == pytest.approx(expected, rel=1e-9)


def test_a_gaussian_member_stops_by_the_error_of_its_mean(make_problem, make_maker) -> None:
    members = product(folds=1, members=2, seed=3)
    training = train(make_problem(members, "gaussian"), make_maker(2), members, LearningRecipe(epochs=5))
    plan, work, rows = training.report.plan, training.work, training.stop_rows
    lowest = np.full(2, np.inf)
    for tick in training:
        if not tick.active.all():
            break
        loss, error = evaluate.losses(plan, work, training.run.state, rows).numpy()
        np.testing.assert_allclose(tick.stop_loss, loss, rtol=1e-6, err_msg="the loss is what is shown")
        lowest = np.minimum(lowest, error)
        np.testing.assert_allclose(training.run.best.loss.numpy(), lowest, rtol=1e-6)
    assert np.isfinite(lowest).all()


def test_a_member_without_rows_has_no_loss(make_problem, make_maker) -> None:
    members = product(folds=1, members=2, seed=3)
    problem = make_problem(members)
    problem.rows.role[1][problem.rows.role[1] == int(Role.STOP)] = int(Role.OUT)
    training = train(problem, make_maker(), members, LearningRecipe(epochs=2))
    ticks = list(training)
    assert np.isfinite(ticks[-1].stop_loss[0])
    assert np.isnan(ticks[-1].stop_loss[1])
    assert bool(training.run.best.theta[1].ne(training.initial.theta[1]).any()), "its last weights are kept"


@pytest.mark.parametrize(("per_epoch", "epochs"), [(1, 10_000), (200, 20), (7, 251), (60_000, 2)])
def test_pace_covers_all_steps_in_few_short_ticks(per_epoch: int, epochs: int) -> None:
    pace, step, ticks = Pace(per_epoch, epochs), 0, 0
    while step < pace.total:
        assert 0 < pace.next(step) <= TICK_STEPS
        step, ticks = step + pace.next(step), ticks + 1
    assert step == per_epoch * epochs
    assert ticks <= max(TICKS, -(-pace.total // TICK_STEPS))
