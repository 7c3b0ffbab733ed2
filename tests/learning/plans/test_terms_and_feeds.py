"""Objectives of several terms and players, and batches that come from no rows, against torch loops by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from isinglass.errors import TrainingError
from isinglass.learning.members import product
from isinglass.learning.plans import PLANS, Tuning, make
from isinglass.learning.plans.plan import State
from isinglass.learning.population import from_module, populate
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.run import at_rest
from isinglass.learning.train import train
from isinglass.learning.view import View
from isinglass.learning.workload import work_of
from isinglass.objective.batch import Batch
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.objective.terms import Term, data_term
from isinglass.recipe import LearningRecipe, ObjectiveRecipe, OptimizerRecipe

SAMPLES, BATCH, D = 60, 8, torch.float64
MEMBERS = product(folds=1, members=3, seed=5)
SEEDS = [member.seed for member in MEMBERS]
STRENGTH = torch.tensor([0.0, 0.5, 2.0], dtype=D)
RATES = torch.tensor([0.05, 0.03, 0.01], dtype=D)
ADAM = OptimizerRecipe(kind="adam", weight_decay=0.0)


def problem_with(objective: Objective, feed: NoiseFeed | None = None) -> Problem:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(SAMPLES, 2)).astype(np.float32)
    y = np.sin(x[:, :1]) + 0.3 * x[:, 1:]
    one, count = torch.ones(len(MEMBERS), 1, dtype=D), len(MEMBERS)
    rows = Rows(
        inputs=torch.from_numpy(x),
        targets=torch.from_numpy(y.astype(np.float64)),
        weights=torch.ones(SAMPLES, dtype=D),
        role=torch.ones(count, SAMPLES, dtype=torch.int8),
    )
    view = View(one.expand(-1, 2) * 0, one.expand(-1, 2), torch.zeros(2, dtype=torch.bool), one * 0, one)
    return Problem(rows, view, objective, feed)


def begin(problem: Problem, machine: nn.Module, optimizer: OptimizerRecipe = ADAM):
    """The work of a population in double precision, and its members before their first step."""
    population = populate(from_module(machine), MEMBERS, dtype=D)
    recipe = LearningRecipe(epochs=1, batch=BATCH, optimizer=optimizer, clip=0.0)
    work = work_of(problem, population, MEMBERS, recipe, ObjectiveRecipe())
    return replace(work, weight_decay=torch.zeros(len(MEMBERS), dtype=D)), at_rest(population, SEEDS, work.optimizer)


def network_of(work, state: State, member: int) -> nn.Module:
    """A copy of a member that has nothing to do with the population."""
    machine = from_module(work.machine)(0).to(D)
    values = work.layout.views_of_one(state.theta[member])
    machine.load_state_dict({name: value.clone() for name, value in values.items()}, strict=False)
    return machine


def flat(machine: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten() for p in machine.parameters()])


# ---- several terms of one player


def roughness(raw: Tensor, _: Batch) -> Tensor:
    return raw.abs().sum(-1)


TWO = Objective(
    LOSSES["squared"],
    terms=(data_term(LOSSES["squared"], weight=0.7), Term("small outputs", roughness, weight=STRENGTH)),
)


@pytest.mark.parametrize("plan", ["looped", "vmapped", "stacked"])
def test_two_terms_with_weights_equal_a_loop_by_hand(plan: str) -> None:
    machine = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1))
    work, start = begin(problem_with(TWO), machine)
    steps = 12
    index = torch.from_numpy(np.random.default_rng(0).integers(0, SAMPLES, (3, steps, BATCH)).astype(np.int32))
    state = start.clone()
    assert PLANS[plan].supports(work) is None
    losses = make(plan, work, Tuning(precision="float64")).advance(state, index, RATES.expand(steps, 3))
    x, y = work.rows.inputs.to(D), work.rows.targets
    for m in range(3):
        network, total = network_of(work, start, m), 0.0
        optimizer = torch.optim.Adam(network.parameters(), lr=float(RATES[m]), eps=work.optimizer.epsilon)
        for rows in index[m].long():
            raw = network(x[rows])
            loss = 0.7 * (raw - y[rows]).square().mean() + STRENGTH[m] * raw.abs().mean()
            total += float(loss.detach())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        torch.testing.assert_close(state.theta[m], flat(network), rtol=1e-10, atol=1e-12)
        assert float(losses[m]) == pytest.approx(total / steps, rel=1e-9)


def test_a_run_with_two_terms_stops_by_their_sum() -> None:
    problem = problem_with(TWO)
    problem.rows.role[:, ::4] = 2
    recipe = LearningRecipe(epochs=3, batch=BATCH, plan="looped", precision="float64")
    training = train(problem, from_module(nn.Sequential(nn.Linear(2, 1))), MEMBERS, recipe)
    ticks = list(training)
    assert np.isfinite(ticks[-1].stop_loss).all()
    team = training.final_state()
    y, raw = problem.rows.targets[::4], training.report.plan.forward(team, problem.rows.inputs[::4])
    by_hand = 0.7 * (raw - y).square().mean((1, 2)) + STRENGTH * raw.abs().mean((1, 2))
    np.testing.assert_allclose(training.run.best.loss.numpy(), by_hand.numpy(), rtol=1e-9)


def test_the_kernel_leaves_further_terms_to_others() -> None:
    work, _ = begin(problem_with(TWO), nn.Sequential(nn.Linear(2, 1)))
    assert "one loss alone" in str(PLANS["compiled"].supports(work))


def test_a_member_alone_keeps_its_own_weight() -> None:
    recipe = LearningRecipe(epochs=3, batch=BATCH, plan="stacked", precision="float64", patience="never")
    maker, problem = from_module(nn.Sequential(nn.Linear(2, 1))), problem_with(TWO)
    together = train(problem, maker, MEMBERS, recipe)
    alone = train(problem.take(torch.tensor([2])), maker, MEMBERS[2:], recipe)
    for training in (together, alone):
        assert list(training)
    torch.testing.assert_close(alone.result().theta[0], together.result().theta[2], rtol=1e-10, atol=1e-12)


# ---- several players, and noise


class Pair(nn.Module):
    """A generator of numbers and a discriminator of them: `[..., noise and real]` -> D(G(noise)), D(real)."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Sequential(nn.Linear(1, 4), nn.Tanh(), nn.Linear(4, 1))
        self.discriminator = nn.Sequential(nn.Linear(1, 5), nn.Tanh(), nn.Linear(5, 1))

    def forward(self, z: Tensor) -> Tensor:
        fake = self.generator(z[..., :1])
        return torch.cat([self.discriminator(fake), self.discriminator(z[..., 1:])], dim=-1)


@dataclass(frozen=True)
class NoiseFeed:
    """Noise of each member's own, beside numbers of N(3, 1/2)."""

    size: int

    def batch(self, state: State, step: int) -> Batch:
        """See `Feed.batch`."""
        z = torch.stack([self.of(int(seed), step) for seed in state.seeds])
        return Batch(z=z, target=z[..., 1:])

    def of(self, seed: int, step: int) -> Tensor:
        rng = np.random.default_rng((seed % 2**32, step))
        return torch.from_numpy(np.stack([rng.normal(size=self.size), rng.normal(3, 0.5, self.size)], axis=1))


def doubt(raw: Tensor, _: Batch) -> Tensor:
    return nn.functional.softplus(raw[..., 0]) + nn.functional.softplus(-raw[..., 1])


def deceive(raw: Tensor, _: Batch) -> Tensor:
    return nn.functional.softplus(-raw[..., 0])


GAME = Objective(
    LOSSES["squared"],
    terms=(
        Term("tell real from false", doubt, player="discriminator"),
        Term("deceive", deceive, weight=0.5, player="generator"),
    ),
)


def played(network: Pair, seed: int, rate: float, steps: int) -> Tensor:
    """The same game by a torch loop: D moves, then G on the same noise, each with an Adam of its own."""
    feed = NoiseFeed(BATCH)
    players = [(network.discriminator, doubt, 1.0), (network.generator, deceive, 0.5)]
    optimizers = [torch.optim.Adam(part.parameters(), lr=rate, eps=ADAM.epsilon) for part, _, _ in players]
    for step in range(steps):
        z = feed.of(seed, step)
        for (part, term, weight), optimizer in zip(players, optimizers, strict=True):
            loss = weight * term(network(z), Batch(z, z)).mean()
            for parameter, slope in zip(
                part.parameters(), torch.autograd.grad(loss, list(part.parameters())), strict=True
            ):
                parameter.grad = slope
            optimizer.step()
    return flat(network)


@pytest.mark.parametrize("plan", ["looped", "vmapped"])
def test_two_players_equal_a_game_by_hand(plan: str) -> None:
    work, start = begin(problem_with(GAME, NoiseFeed(BATCH)), Pair())
    state, steps = start.clone(), 10
    make(plan, work, Tuning(precision="float64")).advance(state, None, RATES.expand(steps, 3))
    assert state.steps.tolist() == [steps] * 3
    for m, seed in enumerate(SEEDS):
        expected = played(network_of(work, start, m), seed, float(RATES[m]), steps)
        torch.testing.assert_close(state.theta[m], expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("plan", ["looped", "vmapped"])
def test_a_player_moves_its_own_parameters_alone(plan: str) -> None:
    work, state = begin(problem_with(GAME, NoiseFeed(BATCH)), Pair())
    batch = NoiseFeed(BATCH).batch(state, 0)
    made = make(plan, work, Tuning(precision="float64"))
    for player, other in (("generator", "discriminator"), ("discriminator", "generator")):
        _, gradient = made.gradient(state, batch, player)
        mine, theirs = (
            torch.cat([gradient[:, start:stop] for start, stop in work.own(who)], 1) for who in (player, other)
        )
        assert bool(mine.abs().sum() > 0)
        assert not theirs.any()
    _, whole = made.gradient(state, batch)
    parts = [made.gradient(state, batch, player)[1] for player in work.objective.players]
    torch.testing.assert_close(whole, parts[0] + parts[1])


@pytest.mark.parametrize("plan", ["looped", "vmapped"])
def test_the_ordinary_loop_plays_the_game(plan: str) -> None:
    """The same `train`; and a member alone learns what it learns in company."""
    recipe = LearningRecipe(epochs=4, batch=BATCH, plan=plan, precision="float64", patience="never", clip=0.0)
    recipe = recipe.model_copy(update={"optimizer": OptimizerRecipe(kind="adam", rate=0.02)})
    problem = problem_with(GAME, NoiseFeed(BATCH))
    training = train(problem, from_module(Pair()), MEMBERS, recipe)
    ticks = list(training)
    assert np.isfinite(ticks[-1].train_loss).all()
    alone = train(problem.take(torch.tensor([1])), from_module(Pair()), MEMBERS[1:2], recipe)
    for _ in alone:
        pass
    torch.testing.assert_close(alone.result().theta[0], training.result().theta[1], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("plan", ["stacked", "compiled"])
def test_plans_that_know_no_players_say_so(plan: str) -> None:
    work, _ = begin(problem_with(GAME, NoiseFeed(BATCH)), Pair())
    assert PLANS[plan].supports(work)
    recipe = LearningRecipe(epochs=1, batch=BATCH, plan=plan)
    with pytest.raises(TrainingError, match="cannot run this"):
        _ = train(problem_with(GAME, NoiseFeed(BATCH)), from_module(Pair()), MEMBERS, recipe).report


def test_one_player_with_a_feed_runs_stacked() -> None:
    """Numbers of a feed, one player: the stack's steps are the loop's."""
    objective = Objective(LOSSES["squared"])
    states = []
    for plan in ("stacked", "looped"):
        work, state = begin(problem_with(objective, NoiseFeed(BATCH)), nn.Sequential(nn.Linear(2, 1)))
        make(plan, work, Tuning(precision="float64")).advance(state, None, RATES.expand(6, 3))
        states.append(state)
    torch.testing.assert_close(states[0].theta, states[1].theta, rtol=1e-10, atol=1e-12)
