"""The training loop: a member alone equals itself in a population; members stop and start again one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from isinglass.errors import TrainingError
from isinglass.learning.evaluate import data_loss
from isinglass.learning.members import product
from isinglass.learning.plans import PLANS
from isinglass.learning.plans.threads import torch_threads
from isinglass.learning.population import from_module, populate
from isinglass.learning.run import EXPLODED
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.objective.objective import Objective
from isinglass.recipe import LearningRecipe, ObjectiveRecipe, OptimizerRecipe, PenaltyRecipe, ScheduleRecipe
from isinglass.spec import Role

ADAM = OptimizerRecipe(kind="adam", rate=0.01)


def learnt(training: Training) -> Training:
    for _ in training:
        pass
    return training


@pytest.mark.parametrize("plan", PLANS)
def test_alone_as_in_the_population(make_problem, make_maker, plan: str) -> None:
    members = product(folds=2, members=2, seed=3, settings=[{}, {"rate": 0.03, "weight_decay": 0.01, "dropout": 0.1}])
    problem, maker = make_problem(members), make_maker(dropout=0.2)
    recipe = LearningRecipe(epochs=15, optimizer=ADAM, patience=4, plan=plan, batch=16, precision="float64")
    if PLANS[plan].supports(learnt(train(problem, maker, members, recipe.model_copy(update={"plan": "auto"}))).work):
        pytest.skip("not for this machine")
    together = learnt(train(problem, maker, members, recipe)).result()
    for i in (0, 5):
        alone = [replace(members[i], index=0)]
        single = learnt(train(problem.take(torch.tensor([i])), maker, alone, recipe)).result()
        torch.testing.assert_close(single.theta[0], together.theta[i], rtol=1e-8, atol=1e-10)


def test_initial_weights_do_not_depend_on_the_population(make_maker) -> None:
    members = product(folds=2, members=2, seed=3)
    together, alone = populate(make_maker(), members), populate(make_maker(), members[2:3])
    assert torch.equal(together.theta[2:3], alone.theta)


def test_a_given_module_is_reset_from_the_seed() -> None:
    maker = from_module(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)))
    before = torch.random.get_rng_state()
    population = populate(maker, product(folds=1, members=2, seed=0))
    again = populate(maker, product(folds=1, members=2, seed=0))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(population.theta, again.theta)
    assert not torch.equal(population.theta[0], population.theta[1])


def test_it_learns_and_shows_each_tick(make_problem, make_maker) -> None:
    members = product(folds=1, members=3, seed=3)
    training = train(make_problem(members), make_maker(), members, LearningRecipe(epochs=60, optimizer=ADAM, batch=16))
    ticks = list(training)
    assert [tick.epoch for tick in ticks] == list(range(1, len(ticks) + 1))
    assert ticks[0].epochs == 60
    assert ticks[-1].step == ticks[-1].epoch * 10
    assert np.nanmax(training.run.best.loss.numpy()) < 0.05
    assert ticks[-1].seconds > 0
    assert not ticks[-1].active.any()


def test_a_look_asks_no_other_thread_of_torch(make_problem, make_maker) -> None:
    members = product(folds=1, members=2, seed=3)
    problem, seen = make_problem(members), []

    def loss(raw: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        seen.append(torch.get_num_threads())
        return problem.objective.loss.function(raw, target)

    watched = replace(problem, objective=Objective(replace(problem.objective.loss, function=loss)))
    recipe = LearningRecipe(epochs=2, optimizer=ADAM, batch=16, plan="stacked")
    with torch_threads(2):
        training = train(watched, make_maker(), members, recipe)
        next(iter(training))
        seen.clear()
        training.look(torch.zeros(len(training.run.state.members), dtype=torch.float64))
        assert seen == [1]
        assert torch.get_num_threads() == 2


def test_best_weights_are_kept(make_problem, make_maker) -> None:
    members = product(folds=1, members=3, seed=3)
    training = train(
        make_problem(members), make_maker(hidden=(64,)), members,
        LearningRecipe(epochs=40, optimizer=OptimizerRecipe(kind="adam", rate=0.1), patience=5, batch=16),
    )  # fmt: skip
    ticks = list(training)
    lowest = np.nanmin([tick.stop_loss for tick in ticks], axis=0)
    found = data_loss(training.report.plan, training.work, training.final_state(), training.stop_rows)
    np.testing.assert_allclose(found.numpy(), lowest, rtol=1e-5)
    stopped = [int(np.sum([tick.active[i] for tick in ticks])) for i in range(3)]
    assert len(set(stopped)) > 1, "members stop one by one"


def test_without_patience_the_last_weights_count(make_problem, make_maker) -> None:
    members = product(folds=1, members=1, seed=3)
    recipe = LearningRecipe(epochs=5, optimizer=ADAM, patience="never", batch=16, plan="looped")
    problem = make_problem(members)
    training = learnt(train(problem, make_maker(), members, recipe))
    state = training.initial.clone()
    index = training.batches.take(torch.tensor([0]), 0, training.pace.total)
    rates = (training.factors * 0.01)[:, None].to(training.work.dtype)
    PLANS["looped"](training.work, training.report.tuning).advance(state, index, rates)
    torch.testing.assert_close(training.result().theta, state.theta)


def test_equals_an_ordinary_torch_loop(make_problem, make_maker) -> None:
    members = product(folds=1, members=1, seed=3)
    recipe = LearningRecipe(
        epochs=20, optimizer=ADAM, patience="never", batch=16, precision="float64",
        schedule=ScheduleRecipe(kind="step", every=0.25, factor=0.5),
    )  # fmt: skip
    problem = make_problem(members)
    training = learnt(train(problem, make_maker(), members, recipe))
    network = make_maker()(members[0].seed).double()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 50, 0.5)
    for rows in training.batches.take(torch.tensor([0]), 0, 200)[0]:
        optimizer.zero_grad()
        loss = (network(problem.rows.inputs[rows].double()) - problem.rows.targets[rows]).square().mean()
        loss.backward()
        optimizer.step()
        scheduler.step()
    expected = torch.cat([p.detach().flatten() for p in network.parameters()])
    torch.testing.assert_close(training.result().theta[0], expected, rtol=1e-9, atol=1e-11)
    x = problem.rows.inputs[:5].double()
    torch.testing.assert_close(training.result().network(0)(x), network(x), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("batch", ["full", 1, 16])
def test_batch_stochastic_and_mini_batch_descend(make_problem, make_maker, batch: int | str) -> None:
    members = product(folds=1, members=2, seed=3)
    optimizer = OptimizerRecipe(kind="sgd", rate=0.02, momentum=0.9 if batch == "full" else 0.0)
    recipe = LearningRecipe(epochs=100 if batch == "full" else 4, optimizer=optimizer, batch=batch, patience="never")
    ticks = list(train(make_problem(members), make_maker(), members, recipe))
    assert (ticks[-1].train_loss < 0.5 * ticks[0].train_loss).all()


def test_learning_by_hand(make_problem, make_maker) -> None:
    """Example 13: z = x W + b from zero; dJ/db = mean 2 (z - y), dJ/dW_j = mean 2 x_j (z - y), J = mean (y - z)^2."""
    members = product(folds=1, members=1, seed=3)
    optimizer, problem = OptimizerRecipe(kind="sgd", rate=0.1), make_problem(members)
    recipe = LearningRecipe(
        epochs=10, optimizer=optimizer, batch="full", patience="never", precision="float64",
        schedule=ScheduleRecipe(kind="constant"),
    )  # fmt: skip
    training = train(problem, make_maker(kind="linear"), members, recipe)
    shown = [float(tick.train_loss[0]) for tick in training]
    rows = problem.rows.of(0, Role.TRAIN)
    x, y = problem.rows.inputs[rows].double(), problem.rows.targets[rows, 0]
    W, b, losses = torch.zeros(2, dtype=torch.float64), torch.zeros((), dtype=torch.float64), []
    for _ in range(10):
        error = x @ W + b - y
        losses.append(float(error.square().mean()))
        W, b = W - 0.1 * (2 * x * error[:, None]).mean(0), b - 0.1 * (2 * error).mean()
    torch.testing.assert_close(training.result().theta[0], torch.cat([W, b[None]]), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(shown, losses, rtol=1e-12)


@pytest.mark.parametrize("kind", ["l1", "l2", "l2_length", "elastic_net"])
def test_penalties_are_in_the_gradient_and_spare_biases(make_problem, make_maker, kind: str) -> None:
    members = product(folds=1, members=1, seed=3, settings=[{"penalty.0": 0.0}, {"penalty.0": 0.3}])
    objective = ObjectiveRecipe(penalties=(PenaltyRecipe(kind=kind, strength=9.9, layers=(1,)),))
    recipe = LearningRecipe(epochs=1, optimizer=ADAM, precision="float64", batch=16)
    training = train(make_problem(members), make_maker(), members, recipe, objective)
    state, index = training.initial.clone(), training.batches.take(torch.arange(2), 0, 1)[:, 0]
    state.theta[1] = state.theta[0]
    index = index[:1].expand(2, -1)
    _, gradient = training.report.plan.gradient(state, index)
    extra = training.work.layout.views(gradient[1:] - gradient[:1])
    assert set(name for name, part in extra.items() if bool(part.abs().max() > 1e-12)) == {"2.weight"}
    w = training.work.layout.views(state.theta)["2.weight"][1].clone().requires_grad_()
    formula = {
        "l1": lambda w: w.abs().sum(),
        "l2": lambda w: w.square().sum(),
        "l2_length": lambda w: w.norm(),
        "elastic_net": lambda w: w.square().sum() + w.abs().sum(),
    }[kind]
    (0.3 * formula(w)).backward()
    torch.testing.assert_close(extra["2.weight"][0], w.grad)


def test_a_diverging_member_starts_again_with_a_third_of_its_rate(make_problem, make_maker) -> None:
    members = product(folds=1, members=1, seed=3, settings=[{}, {"rate": 30.0}])
    recipe = LearningRecipe(
        epochs=20, optimizer=OptimizerRecipe(kind="sgd", rate=0.05), batch=16,
        schedule=ScheduleRecipe(kind="constant"),
    )  # fmt: skip
    problem, maker = make_problem(members), make_maker(activation="relu")
    training = train(problem, maker, members, recipe)
    ticks = list(training)
    assert any(1 in tick.restarted for tick in ticks)
    assert not any(0 in tick.restarted for tick in ticks)
    assert bool(training.run.failed[1]) or float(training.run.rate[1]) < 30.0
    alone = learnt(train(problem.take(torch.tensor([0])), maker, members[:1], recipe))
    torch.testing.assert_close(alone.result().theta[0], training.result().theta[0], rtol=1e-5, atol=1e-6)


def test_if_nobody_survives_it_is_an_error_that_says_what_to_do(make_problem, make_maker) -> None:
    members = product(folds=1, members=2, seed=3)
    recipe = LearningRecipe(epochs=20, optimizer=OptimizerRecipe(kind="sgd", rate=1e9), batch=16)
    with pytest.raises(TrainingError, match=r"no network could be trained.*smaller rate"):
        learnt(train(make_problem(members), make_maker(activation="relu"), members, recipe))


def test_a_plan_that_cannot_is_refused_with_the_reason(make_problem) -> None:
    members = product(folds=1, members=1, seed=3)

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(2, 1))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x @ self.weight

    problem = make_problem(members)
    forced = train(problem, from_module(Own()), members, LearningRecipe(plan="stacked", epochs=2))
    with pytest.raises(TrainingError, match="no stacked form of Own"):
        learnt(forced)
    assert learnt(train(problem, from_module(Own()), members, LearningRecipe(epochs=2))).report.name != "stacked"


def test_the_same_seed_gives_the_same_numbers(make_problem, make_maker) -> None:
    members = product(folds=2, members=2, seed=3)
    results = [
        learnt(train(make_problem(members), make_maker(), members, LearningRecipe(epochs=6))).result().theta
        for _ in range(2)
    ]
    assert torch.equal(*results)


def test_a_memory_map_is_enough(make_problem, make_maker, tmp_path) -> None:
    members = product(folds=1, members=2, seed=3)
    problem = make_problem(members)
    path = tmp_path / "inputs.bin"
    np.asarray(problem.rows.inputs).tofile(path)
    mapped = np.memmap(path, dtype=np.float32, mode="r+", shape=tuple(problem.rows.inputs.shape))
    recipe = LearningRecipe(epochs=5)
    from_map = train(
        replace(problem, rows=replace(problem.rows, inputs=torch.from_numpy(mapped))), make_maker(), members, recipe
    )
    assert torch.equal(
        learnt(from_map).result().theta, learnt(train(problem, make_maker(), members, recipe)).result().theta
    )
    assert int(problem.rows.role[0].eq(int(Role.TRAIN)).sum()) > 0


def test_a_calm_loss_hides_no_explosion_of_the_mean(make_problem, make_maker) -> None:
    """A sigma that grows with the error keeps the Gaussian loss small: log 1e10 is 23."""
    members = product(folds=1, members=2, seed=0)
    recipe = LearningRecipe(epochs=20, batch=16, plan="stacked")
    training = train(make_problem(members, loss="gaussian"), make_maker(outputs=2), members, recipe)
    training.run.initial[:] = 1.0
    training.run.state.theta[1, -2] = 1e10  # the bias of the mean
    tick = training.look(torch.tensor([1.0, 23.0], dtype=torch.float64))
    assert tick.restarted == (1,)
    assert training.run.state.members.tolist() == [0]
    y = training.work.rows.targets[training.work.rows.of(0, Role.STOP)]
    assert training.bounds[0].item() == pytest.approx(EXPLODED * (float((y**2).mean()) + 1), rel=1e-5)


def test_losses_that_watch_nothing_else_have_no_such_bound(make_problem, make_maker) -> None:
    members = product(folds=1, members=2, seed=0)
    training = train(make_problem(members), make_maker(), members, LearningRecipe(epochs=2, batch=16))
    assert training.bounds.isinf().all()
