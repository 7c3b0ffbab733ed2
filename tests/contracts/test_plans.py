"""Every plan gives every member what it would get alone: the looped plan in float64 is the oracle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from practice import SHARED

from isinglass.learning import defaults
from isinglass.learning.members import Member, column, product
from isinglass.learning.plans import PLANS, Plan, State, Tuning, Work, make
from isinglass.learning.plans.selection.candidates import RECORDED
from isinglass.learning.population import Population, populate
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.run import at_rest
from isinglass.learning.view import View
from isinglass.learning.workload import network_of, work_of
from isinglass.machine import build
from isinglass.objective.constraints import Head, laws
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import (
    ConstraintRecipe,
    LearningRecipe,
    MachineRecipe,
    ObjectiveRecipe,
    OptimizerRecipe,
    PenaltyRecipe,
)
from isinglass.spec import Shape

SAMPLES, FEATURES = 60, 3
THERE = Tuning(devices=SHARED)
REPLAYED = Tuning(devices=SHARED[:1], graph=True)
PLACES = [
    *(pytest.param(name, Tuning(), id=name) for name in PLANS),
    *(pytest.param(name, THERE, id=f"{name}, on another device") for name in PLANS if name != "compiled"),
    *(pytest.param(name, REPLAYED, id=f"{name}, recorded and replayed") for name in RECORDED),
]
EVERYWHERE = pytest.mark.parametrize(("plan", "tuning"), PLACES)


def problem(members: int, loss: str = "squared", *, weights: bool = False) -> Problem:
    """Random rows with holes; every member has scalings of its own."""
    rng = np.random.default_rng(3)
    inputs = rng.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
    inputs[rng.random(inputs.shape) < 0.05] = np.nan
    targets = np.sin(np.nan_to_num(inputs).sum(1, keepdims=True))
    if loss == "cross_entropy":
        targets = np.digitize(targets, [-0.5, 0.5]).astype(float)
    standard = loss != "cross_entropy"
    return Problem(
        rows=Rows(
            inputs=torch.from_numpy(inputs),
            targets=torch.from_numpy(targets),
            weights=torch.from_numpy(rng.random(SAMPLES) + 0.5 if weights else np.ones(SAMPLES)),
            role=torch.ones(members, SAMPLES, dtype=torch.int8),
        ),
        view=View(
            center=torch.from_numpy(rng.normal(0, 0.1, (members, FEATURES))),
            scale=torch.from_numpy(rng.uniform(0.8, 1.2, (members, FEATURES))),
            clip=torch.tensor([True, True, False]),
            target_center=torch.from_numpy(rng.normal(0, 0.1, (members, 1)) * standard),
            target_scale=torch.from_numpy(rng.uniform(0.8, 1.2, (members, 1)) ** standard),
        ),
        objective=Objective(LOSSES[loss]),
    )


def begin(
    recipe: MachineRecipe,
    members: tuple[Member, ...],
    *,
    optimizer: OptimizerRecipe,
    loss: str = "squared",
    dtype: torch.dtype = torch.float64,
    weights: bool = False,
    clip: float = 0.0,
) -> tuple[Work, State]:
    """A work and its first state."""
    outputs = {"squared": 1, "gaussian": 2, "cross_entropy": 3}[loss]
    shape = Shape(FEATURES, outputs)
    population: Population = populate(lambda seed: build(recipe, shape, seed=seed), members, dtype=dtype)
    dropout = column(members, "dropout", -1.0)
    rows = problem(len(members), loss, weights=weights)
    work = Work(
        network=network_of(population, rows),
        rows=rows.rows,
        optimizer=optimizer,
        weight_decay=column(members, "weight_decay", 0.0).to(dtype),
        dropout=dropout if bool((dropout >= 0).any()) else None,
        clip=clip,
    )
    return work, at_rest(population, [m.seed for m in members], optimizer)


def batches(members: tuple[Member, ...], steps: int, batch: int, *, padding: int = 0) -> torch.Tensor:
    """Each member's own random rows; the last `padding` entries of odd members are padding."""
    rows = [np.random.default_rng(m.seed).integers(0, SAMPLES, (steps, batch)) for m in members]
    index = torch.from_numpy(np.stack(rows).astype(np.int32))
    if padding:
        index[1::2, :, -padding:] = -1
    return index


def made(plan: str, work: Work, tuning: Tuning | None = None) -> Plan:
    return make(plan, work, tuning or Tuning())


def run(plan: str, work: Work, state: State, index: torch.Tensor, *, tuning: Tuning | None = None) -> State:
    """The state after all steps."""
    state = state.clone()
    rates = torch.linspace(0.002, 0.01, index.shape[1], dtype=work.dtype)[:, None]
    own = 1 + 0.1 * state.members.to(work.dtype)
    make(plan, work, tuning or Tuning()).advance(state, index, rates * own)
    return state


MACHINES = [
    MachineRecipe(hidden=(5,), activation="tanh"),
    MachineRecipe(hidden=(8, 6), activation="relu", dropout=0.2),
    MachineRecipe(hidden=(6, 6, 6), activation="silu", normalization="layer", residual=True),
    MachineRecipe(hidden=(7,), activation="gelu", normalization="batch"),
    MachineRecipe(hidden=(4, 5), activation="maxout(2)"),
    MachineRecipe(hidden=(6,), activation="elu", numeric_embedding="periodic"),
    MachineRecipe(hidden=(6,), activation="mish", numeric_embedding="piecewise"),
    MachineRecipe(hidden=(6,), activation="leaky_relu(0.1)"),
    MachineRecipe(hidden=(6,), activation="softplus"),
    MachineRecipe(hidden=(6,), activation="sigmoid"),
]
OPTIMIZERS = [
    OptimizerRecipe(kind="sgd", momentum=0.9, nesterov=True),
    OptimizerRecipe(kind="rmsprop", momentum=0.5),
    OptimizerRecipe(kind="adagrad"),
    OptimizerRecipe(kind="adam"),
    OptimizerRecipe(kind="adamw"),
]


@EVERYWHERE
@pytest.mark.parametrize("recipe", MACHINES, ids=lambda r: f"{r.activation}-{r.normalization}")
def test_plan_equals_looped(plan: str, tuning: Tuning, recipe: MachineRecipe) -> None:
    members = product(folds=2, members=2, seed=1, settings=[{"weight_decay": 0.01}])
    work, state = begin(recipe, members, optimizer=OptimizerRecipe(kind="adam"))
    if PLANS[plan].supports(work):
        pytest.skip("not for this machine")
    index = batches(members, 20, 8, padding=3)
    expected = run("looped", work, state, index)
    found = run(plan, work, state, index, tuning=tuning)
    torch.testing.assert_close(found.theta, expected.theta, rtol=1e-9, atol=1e-11)
    for name in expected.buffers:
        torch.testing.assert_close(found.buffers[name], expected.buffers[name], rtol=1e-9, atol=1e-11)
    assert found.steps.tolist() == [20] * 4


@pytest.mark.parametrize("plan", PLANS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_member_alone_equals_member_in_population(plan: str, data: st.DataObject) -> None:
    recipe = data.draw(st.sampled_from(MACHINES))
    loss = data.draw(st.sampled_from(["squared", "gaussian", "cross_entropy"]))
    hyper = {"weight_decay": data.draw(st.sampled_from([0.0, 0.1])), "dropout": 0.3}
    members = product(folds=2, members=2, seed=data.draw(st.integers(0, 99)), settings=[{}, hyper])
    work, state = begin(
        recipe, members, optimizer=data.draw(st.sampled_from(OPTIMIZERS)), loss=loss,
        weights=data.draw(st.booleans()), clip=data.draw(st.sampled_from([0.0, 0.5])),
    )  # fmt: skip
    if PLANS[plan].supports(work):
        return
    index = batches(members, 30, 7, padding=data.draw(st.sampled_from([0, 2])))
    # threads inside small operations would only slow the test down
    threads = 1 if plan in ("looped", "vmapped") else data.draw(st.sampled_from([1, 2]))
    tuning = Tuning(chunk=data.draw(st.sampled_from([1, 3])), threads=threads)
    together = run(plan, work, state, index, tuning=tuning)
    one = data.draw(st.integers(0, len(members) - 1))
    alone = run(plan, work, state.take(torch.tensor([one])), index[one : one + 1])
    # Rounding of products of other sizes grows over thirty adaptive steps behind a batch norm: to 2e-9 at times.
    near = {"rtol": 1e-6, "atol": 1e-8} if recipe.normalization == "batch" else {"rtol": 1e-8, "atol": 1e-10}
    torch.testing.assert_close(alone.theta[0], together.theta[one], **near)


@pytest.mark.parametrize("plan", PLANS)
def test_float32_stays_within_1e5_after_hundreds_of_steps(plan: str) -> None:
    members = product(folds=2, members=3, seed=5)
    recipe = MachineRecipe(hidden=(16, 16), activation="silu")
    work, state = begin(recipe, members, optimizer=OptimizerRecipe(kind="adam"), dtype=torch.float32)
    if PLANS[plan].supports(work):
        pytest.skip("not for this machine")
    index = batches(members, 300, 16)
    together = run(plan, work, state, index)
    alone = run("looped", work, state.take(torch.tensor([4])), index[4:5])
    scale = alone.theta.abs().max()
    assert float((alone.theta[0] - together.theta[4]).abs().max() / scale) < 1e-5


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("loss", ["squared", "gaussian", "cross_entropy"])
def test_gradient_equals_numerical(plan: str, loss: str) -> None:
    members = product(folds=1, members=2, seed=2)
    recipe = MachineRecipe(hidden=(4,), activation="tanh")
    work, state = begin(recipe, members, optimizer=OptimizerRecipe(kind="sgd"), loss=loss, weights=True)
    if PLANS[plan].supports(work):
        pytest.skip("not for this machine")
    index = batches(members, 1, 9)[:, 0]
    machine = made(plan, work)
    _, gradient = machine.gradient(state, index)
    step = 1e-6
    for position in range(0, work.layout.size, 3):
        up, down = state.clone(), state.clone()
        up.theta[:, position] += step
        down.theta[:, position] -= step
        slope = (machine.gradient(up, index)[0] - machine.gradient(down, index)[0]) / (2 * step)
        torch.testing.assert_close(gradient[:, position], slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("plan", ["stacked", "vmapped", "looped"])
def test_gradient_on_another_device_of_the_weights_as_they_are(plan: str) -> None:
    members = product(folds=1, members=3, seed=2)
    optimizer = OptimizerRecipe(kind="adam")
    work, state = begin(MACHINES[3 if plan != "vmapped" else 0], members, optimizer=optimizer, weights=True)
    index, placed = batches(members, 1, 9)[:, 0], made(plan, work, THERE)
    for change in (0.0, 0.1, 0.0):
        state.theta[1] += change
        (loss, slope), (wanted, exact) = placed.gradient(state, index), made(plan, work).gradient(state.clone(), index)
        torch.testing.assert_close(loss, wanted, rtol=1e-9, atol=1e-11)
        torch.testing.assert_close(slope, exact, rtol=1e-9, atol=1e-11)


@EVERYWHERE
def test_forward_equals_the_network_itself(plan: str, tuning: Tuning) -> None:
    members = product(folds=1, members=3, seed=2)
    for recipe in MACHINES[:6]:
        work, state = begin(recipe, members, optimizer=OptimizerRecipe(kind="adam"))
        if PLANS[plan].supports(work):
            continue
        run(plan, work, state, batches(members, 3, 8))
        raw = made(plan, work, tuning).forward(state, work.rows.inputs)
        expected = PLANS["looped"](work, Tuning()).forward(state, work.rows.inputs)
        torch.testing.assert_close(raw, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("plan", PLANS)
def test_forward_of_many_rows_is_the_forward_of_each(plan: str) -> None:
    members = product(folds=1, members=3, seed=2)
    work, state = begin(MACHINES[1], members, optimizer=OptimizerRecipe(kind="adam"))
    rows = torch.randn(40_000, FEATURES, generator=torch.Generator().manual_seed(0))
    machine = PLANS[plan](work, Tuning(chunk=2, threads=2))
    raw = machine.forward(state, rows)
    for part in (slice(0, 5), slice(20_000, 20_007), slice(39_990, 40_000)):
        torch.testing.assert_close(raw[:, part], machine.forward(state, rows[part]), rtol=1e-9, atol=1e-11)
        own = rows[part].expand(3, -1, -1)
        torch.testing.assert_close(raw[:, part], machine.forward(state, own), rtol=1e-9, atol=1e-11)


def test_padding_has_no_influence() -> None:
    members = product(folds=1, members=2, seed=2)
    work, state = begin(MACHINES[3], members, optimizer=OptimizerRecipe(kind="sgd"))
    index = batches(members, 5, 6)
    padded = torch.cat([index, torch.full((2, 5, 4), -1, dtype=torch.int32)], 2)
    for plan in PLANS:
        if PLANS[plan].supports(work) is None:
            short, long = run(plan, work, state, index), run(plan, work, state, padded)
            torch.testing.assert_close(short.theta, long.theta, rtol=1e-9, atol=1e-11)


def test_own_dropout_replaces_the_layers() -> None:
    members = product(folds=1, members=1, seed=2, settings=[{"dropout": 0.0}, {"dropout": 0.5}])
    work, state = begin(MACHINES[1], members, optimizer=OptimizerRecipe(kind="adam"))
    index = batches(members, 5, 6)
    plain = replace(work, dropout=torch.zeros(2, dtype=torch.float64))
    with_none, with_own = run("stacked", plain, state, index), run("stacked", work, state, index)
    assert torch.equal(with_none.theta[0], with_own.theta[0])
    assert not torch.equal(with_none.theta[1], with_own.theta[1])


@EVERYWHERE
def test_codes_penalties_and_laws_together(plan: str, tuning: Tuning) -> None:
    """Categorical embeddings, an L1 and an elastic-net term of the members' own strengths, and positivity."""
    members = product(folds=1, members=1, seed=4, settings=[{"penalty.0": 0.1}, {"penalty.0": 0.0}, {}])
    shape, recipe = Shape(FEATURES + 1, 2, (4,)), MachineRecipe(hidden=(6,), activation="silu", embedding=2)
    population = populate(lambda seed: build(recipe, shape, seed=seed), members, dtype=torch.float64)
    base, codes = problem(3, "gaussian"), torch.arange(SAMPLES)[:, None] % 4
    objective = ObjectiveRecipe(
        penalties=(PenaltyRecipe(kind="l1", strength=0.02), PenaltyRecipe(kind="elastic_net", strength=0.01)),
    )
    rows = replace(base.rows, inputs=torch.cat([base.rows.inputs, codes.float()], 1))
    view = replace(
        base.view,
        center=torch.cat([base.view.center, torch.zeros(3, 1, dtype=torch.float64)], 1),
        scale=torch.cat([base.view.scale, torch.ones(3, 1, dtype=torch.float64)], 1),
        clip=torch.tensor([True, True, False, False]),
        head=Head(laws([ConstraintRecipe(kind="positive")], ["y"]), {}, 1),
    )
    whole = replace(base, rows=rows, view=view)
    learning = defaults.resolve(LearningRecipe(optimizer=OptimizerRecipe(kind="adamw")), SAMPLES)
    work = work_of(whole, population, members, learning, objective)
    if PLANS[plan].supports(work):
        pytest.skip("not for this machine")
    state, index = at_rest(population, [m.seed for m in members], work.optimizer), batches(members, 20, 8, padding=2)
    expected = run("looped", work, state, index)
    found = run(plan, work, state, index, tuning=tuning)
    torch.testing.assert_close(found.theta, expected.theta, rtol=1e-8, atol=1e-10)
    raw = made(plan, work, tuning).forward(found, rows.inputs)
    y = raw[..., :1] * view.target_scale[:, None] + view.target_center[:, None]
    assert bool((y > -1e-12).all())
    torch.testing.assert_close(raw, PLANS["looped"](work, Tuning()).forward(found, rows.inputs), rtol=1e-9, atol=1e-11)


def test_bfloat16_products_stay_close() -> None:
    """Products with 8 bits: the loss is right to a percent, the gradient to a few."""
    members = product(folds=1, members=3, seed=2)
    recipe = MachineRecipe(hidden=(40, 40), activation="silu")
    work, state = begin(recipe, members, optimizer=OptimizerRecipe(kind="adam"), dtype=torch.float32)
    index = batches(members, 1, 32)[:, 0]
    exact, slope = PLANS["stacked"](work, Tuning()).gradient(state, index)
    rough, near = PLANS["stacked"](work, Tuning(precision="bfloat16")).gradient(state, index)
    torch.testing.assert_close(rough, exact, rtol=0.02, atol=0.01)
    assert float((near - slope).norm() / slope.norm()) < 0.03
