"""The compiled plan against plain PyTorch: autograd and torch.optim, one network at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from isinglass.learning.members import column, product
from isinglass.learning.plans import PLANS, State, Tuning, Work
from isinglass.learning.population import populate
from isinglass.learning.problem import Problem, scaled
from isinglass.machine import build
from isinglass.machine.layers import dropout_layers, set_dropout_keys
from isinglass.objective.losses import LOSSES, Loss
from isinglass.objective.losses.binary_cross_entropy import multilabel_loss
from isinglass.objective.losses.cross_entropy import cross_entropy_loss
from isinglass.objective.losses.huber import huber_loss
from isinglass.objective.losses.quantile import quantile_loss
from isinglass.objective.penalties import PENALTIES
from isinglass.recipe import MachineRecipe, OptimizerRecipe, PenaltyRecipe
from isinglass.types import Shape, Task

pytest.importorskip("numba", reason="the extra 'fast' is not installed")

from isinglass.learning.plans.compiled import CompiledPlan, is_warm, warm

SAMPLES, FEATURES = 150, 5
CLASSES = 3
VARIANTS: dict[str, Loss] = {
    **{n: loss for n, loss in LOSSES.items() if n != "perceptron" and Task.SEGMENTATION not in loss.tasks},
    "smoothed": cross_entropy_loss(0.1),
    "smoothed labels": multilabel_loss(0.2),
    "one quantile": quantile_loss((0.3,)),
    "narrow huber": huber_loss(0.3),
    "low quantiles": quantile_loss((0.01, 0.02, 0.1)),
}
PLAIN = [
    OptimizerRecipe(kind="sgd"),
    OptimizerRecipe(kind="sgd", momentum=0.9),
    OptimizerRecipe(kind="sgd", momentum=0.8, nesterov=True),
    OptimizerRecipe(kind="rmsprop", momentum=0.3),
    OptimizerRecipe(kind="adagrad"),
    OptimizerRecipe(kind="adam", betas=(0.8, 0.95)),
    OptimizerRecipe(kind="adamw"),
]
ACTIVATIONS = ["relu", "tanh", "sigmoid", "leaky_relu(0.2)", "elu(1.3)", "selu", "gelu", "silu", "mish", "softplus(2)"]


def targets_for(loss: Loss, inputs: np.ndarray) -> np.ndarray:
    smooth = np.sin(np.nan_to_num(inputs).sum(1, keepdims=True))
    if loss.name == "multilabel":
        return np.concatenate([smooth > 0, smooth > 0.5], 1).astype(float)
    if loss.name == "binary_cross_entropy":
        return (smooth > 0).astype(float)
    if loss.name == "poisson":
        return np.round(3 * (smooth + 1))
    if loss.standardize:
        return np.concatenate([smooth, smooth**2], 1)
    return np.digitize(smooth, [-0.5, 0.5]).astype(float)


def width_of(loss: Loss) -> int:
    if loss.name == "binary_cross_entropy":
        return 1
    if loss.name == "poisson":
        return 1
    return loss.width(2) if loss.standardize or loss.name == "multilabel" else CLASSES


def problem_of(loss: Loss, members: int, *, codes: bool = False) -> Problem:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(SAMPLES, FEATURES)).astype(np.float32)
    inputs[rng.random(inputs.shape) < 0.05] = np.nan
    clip = torch.tensor([True, False, True, True, True])
    center, scale = rng.normal(0, 0.1, (members, FEATURES)), rng.uniform(0.5, 1.5, (members, FEATURES))
    if codes:
        inputs[:, 3:] = rng.integers(0, 4, (SAMPLES, 2))
        clip[3:], center[:, 3:], scale[:, 3:] = False, 0, 1
    targets = targets_for(loss, inputs)
    out = targets.shape[1]
    return Problem(
        inputs=torch.from_numpy(inputs),
        targets=torch.from_numpy(targets),
        weights=torch.from_numpy(rng.integers(0, 3, SAMPLES).astype(float)),
        role=torch.ones(members, SAMPLES, dtype=torch.int8),
        center=torch.from_numpy(center),
        scale=torch.from_numpy(scale),
        clip=clip,
        target_center=torch.from_numpy(rng.normal(0, 0.1, (members, out)) * loss.standardize),
        target_scale=torch.from_numpy(rng.uniform(0.8, 1.2, (members, out)) ** loss.standardize),
        loss=loss,
    )


def begin(
    recipe: MachineRecipe,
    loss: Loss = VARIANTS["squared"],
    optimizer: OptimizerRecipe = PLAIN[5],
    *,
    dtype: torch.dtype = torch.float64,
    hyper: tuple[dict[str, float], ...] = ({}, {"weight_decay": 0.05, "dropout": 0.4}),
    codes: bool = False,
    **changes: object,
) -> tuple[Work, State]:
    """Two members with settings of their own, as a work and its first state."""
    members = product(folds=1, members=1, seed=4, settings=hyper)
    shape = Shape(FEATURES, width_of(loss), (4, 4) if codes else ())
    population = populate(lambda seed: build(recipe, shape, seed=seed), members, dtype=dtype)
    work = Work(
        problem=problem_of(loss, len(members), codes=codes),
        machine=population.machine,
        layout=population.layout,
        optimizer=optimizer,
        weight_decay=column(members, "weight_decay", 0.0).to(dtype),
        dropout=column(members, "dropout", 0.1),
        dtype=dtype,
    )
    return replace(work, **changes), population.state(optimizer, [m.seed for m in members])


def plan(work: Work, *, threads: int = 1) -> CompiledPlan:
    assert CompiledPlan.supports(work) is None
    return CompiledPlan(work, Tuning(threads=threads))


def rows(members: int, steps: int, batch: int) -> Tensor:
    return torch.from_numpy(np.random.default_rng(9).integers(0, SAMPLES, (members, steps, batch)).astype(np.int32))


def network_of(work: Work, state: State, member: int) -> nn.Module:
    machine = build_copy(work.machine).to(work.dtype)
    with torch.no_grad():
        values = work.layout.views_of_one(state.theta[member])
        for name, parameter in machine.named_parameters():
            parameter.copy_(values[name])
    for layer in dropout_layers(machine).values():
        layer.p = work.dropout[member].to(torch.float32)
    return machine


def build_copy(machine: nn.Module) -> nn.Module:
    import copy

    return copy.deepcopy(machine)


def torch_optimizer(recipe: OptimizerRecipe, parameters: list[nn.Parameter], decay: float) -> torch.optim.Optimizer:
    shared = {"lr": 1.0, "weight_decay": decay}
    match recipe.kind:
        case "sgd":
            return torch.optim.SGD(parameters, momentum=recipe.momentum, nesterov=recipe.nesterov, **shared)
        case "rmsprop":
            return torch.optim.RMSprop(
                parameters, alpha=recipe.alpha, eps=recipe.epsilon, momentum=recipe.momentum, **shared
            )
        case "adagrad":
            return torch.optim.Adagrad(parameters, eps=recipe.epsilon, **shared)
        case "adam":
            return torch.optim.Adam(parameters, betas=recipe.betas, eps=recipe.epsilon, **shared)
        case _:
            return torch.optim.AdamW(parameters, betas=recipe.betas, eps=recipe.epsilon, **shared)


def oracle(work: Work, state: State, member: int, index: Tensor, rates: Tensor) -> tuple[Tensor, float]:
    """theta of one member after all steps, and its mean loss: autograd and torch.optim."""
    machine, problem = network_of(work, state, member).train(), work.problem
    parameters = list(machine.parameters())
    optimizer = torch_optimizer(work.optimizer, parameters, float(work.weight_decay[member]))
    total = 0.0
    for step, (batch, rate) in enumerate(zip(index[member].long(), rates[:, member].tolist(), strict=True)):
        set_dropout_keys(machine, int(state.seeds[member]), step)
        z = scaled(
            problem.inputs[batch].to(work.dtype), problem.center[member].to(work.dtype),
            problem.scale[member].to(work.dtype), problem.clip,
        )  # fmt: skip
        y = ((problem.targets[batch] - problem.target_center[member]) / problem.target_scale[member]).to(work.dtype)
        w = problem.weights[batch].to(work.dtype)
        loss = (w * problem.loss.function(machine(z), y)).sum() / w.sum().clamp(min=1e-30)
        total += float(loss.detach())
        optimizer.zero_grad()
        (loss + penalty_of(work, machine, member)).backward()
        if work.clip:
            torch.nn.utils.clip_grad_norm_(parameters, work.clip)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in parameters]), total / len(index[member])


def penalty_of(work: Work, machine: nn.Module, member: int) -> Tensor:
    parameters = dict(machine.named_parameters())
    weights = [parameters[slot.name] for slot in work.layout.slots if slot.is_weight]
    total = torch.zeros((), dtype=work.dtype)
    for i, recipe in enumerate(work.penalties):
        for layer, weight in enumerate(weights):
            if not recipe.layers or layer in recipe.layers:
                strength = work.penalty_strength[i, member]
                total = total + PENALTIES[recipe.kind].value(weight.flatten(), strength, recipe.ratio)
    return total


def rates_for(work: Work, steps: int) -> Tensor:
    return torch.linspace(0.002, 0.01, steps, dtype=work.dtype)[:, None] * torch.tensor([1.0, 0.7], dtype=work.dtype)


EXPLODED = 1e6
"""A run whose weights grow beyond this multiplies each rounding error with every step."""


def assert_as_oracle(work: Work, state: State, *, steps: int = 15, batch: int = 20, tolerance: float = 1e-11) -> None:
    index, rates, learnt = rows(2, steps, batch), rates_for(work, steps), state.clone()
    losses = plan(work).advance(learnt, index, rates)
    for member in range(2):
        theta, loss = oracle(work, state, member, index, rates)
        scale = float(theta.abs().max())
        if not scale < EXPLODED:
            continue  # both explode, in their own roundings: there is nothing to compare
        torch.testing.assert_close(learnt.theta[member], theta, rtol=tolerance, atol=tolerance * scale)
        assert float(losses[member]) == pytest.approx(loss, rel=max(tolerance, 1e-9))
    assert learnt.steps.tolist() == [steps, steps]


@pytest.mark.parametrize("name", VARIANTS)
def test_loss_and_its_slope_equal_autograd(name: str) -> None:
    assert_as_oracle(*begin(MachineRecipe(hidden=(7,), activation="tanh"), VARIANTS[name]))


@pytest.mark.parametrize("name", ["squared", "gaussian", "student_t", "cross_entropy", "quantile", "poisson"])
def test_losses_in_float32(name: str) -> None:
    work, state = begin(MachineRecipe(hidden=(7,), activation="tanh"), VARIANTS[name], dtype=torch.float32)
    assert_as_oracle(work, state, steps=50, tolerance=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation_equals_autograd(activation: str) -> None:
    assert_as_oracle(*begin(MachineRecipe(hidden=(9, 17), activation=activation)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_float32_is_as_near_to_the_truth_as_torch_after_hundreds_of_steps(activation: str) -> None:
    """A rounding error that turns a unit of ReLU on or off grows: torch's own float32 run says by how much."""
    recipe, steps = MachineRecipe(hidden=(12, 12), activation=activation), 200
    work, state = begin(recipe, dtype=torch.float32)
    exact, exact_state = begin(recipe)
    exact_state.theta[:] = state.theta.double()
    index, rates, learnt = rows(2, steps, 20), rates_for(work, steps), state.clone()
    plan(work).advance(learnt, index, rates)
    truth, _ = oracle(exact, exact_state, 0, index, rates.double())
    torch32, _ = oracle(work, state, 0, index, rates)
    own = float((learnt.theta[0] - truth).abs().max() / truth.abs().max())
    theirs = float((torch32 - truth).abs().max() / truth.abs().max())
    assert own < max(1e-5, 3 * theirs)


@pytest.mark.parametrize("optimizer", PLAIN, ids=lambda o: f"{o.kind}-{o.momentum}-{o.nesterov}")
def test_optimizer_equals_torch_optim(optimizer: OptimizerRecipe) -> None:
    assert_as_oracle(*begin(MachineRecipe(hidden=(6,), activation="tanh"), optimizer=optimizer), steps=30)


@pytest.mark.parametrize("kind", ["l1", "l2", "l2_length", "elastic_net"])
def test_penalty_equals_autograd(kind: str) -> None:
    penalties = (
        PenaltyRecipe(kind=kind, strength=0.1, ratio=0.3),
        PenaltyRecipe(kind="l2", strength=0.1, layers=(1,)),
    )
    strengths = torch.tensor([[0.1, 0.02], [0.05, 0.0]], dtype=torch.float64)
    recipe = MachineRecipe(hidden=(6, 5), activation="tanh")
    work, state = begin(recipe, penalties=penalties, penalty_strength=strengths, clip=0.3)
    assert_as_oracle(work, state)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_network_equals_plain_torch(data: st.DataObject) -> None:
    recipe = MachineRecipe(
        hidden=tuple(data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=4))),
        activation=data.draw(st.sampled_from([*ACTIVATIONS, "maxout(3)", "identity"])),
        dropout=data.draw(st.sampled_from([0.0, 0.2])),
        normalization=data.draw(st.sampled_from(["none", "layer"])),
        residual=data.draw(st.booleans()),
        numeric_embedding=data.draw(st.sampled_from(["none", "periodic", "piecewise"])),
        options=data.draw(st.sampled_from([{}, {"variant": "plr"}, {"frequencies": 3, "bins": 5, "width": 3}])),
    )
    # A single unit normalized over itself is a constant: its gradients are rounding, which an optimizer that divides by
    # their size makes into steps.
    assume(recipe.normalization == "none" or 1 not in recipe.hidden)
    loss = VARIANTS[data.draw(st.sampled_from(sorted(VARIANTS)))]
    optimizer = data.draw(st.sampled_from(PLAIN))
    work, state = begin(
        recipe, loss, optimizer, codes=data.draw(st.booleans()), clip=data.draw(st.sampled_from([0.0, 1.0]))
    )
    assert_as_oracle(work, state, steps=8, batch=data.draw(st.integers(1, 70)), tolerance=1e-8)


def test_many_rows_are_taken_in_parts() -> None:
    work, state = begin(MachineRecipe(hidden=(60, 60, 60), activation="silu", dropout=0.1))
    assert plan(work).translation.stride(5000) < 5000
    assert_as_oracle(work, state, steps=2, batch=5000)


def test_same_bits_whatever_the_threads_and_the_population() -> None:
    hyper = tuple({"weight_decay": 0.01 * i} for i in range(5))
    work, state = begin(MachineRecipe(hidden=(20, 20), activation="silu"), hyper=hyper, dtype=torch.float32)
    index, rates = rows(5, 40, 33), torch.full((40, 5), 1e-3)
    results = []
    for threads in (1, 2, 3):
        learnt = state.clone()
        plan(work, threads=threads).advance(learnt, index, rates)
        results.append(learnt.theta)
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])
    alone = state.take(torch.tensor([3]))
    plan(work).advance(alone, index[3:4], rates[:, 3:4])
    assert torch.equal(alone.theta[0], results[0][3])


def test_many_short_calls_equal_one_long_call() -> None:
    work, state = begin(MachineRecipe(hidden=(8,), activation="relu", dropout=0.2), dtype=torch.float32)
    index, rates = rows(2, 12, 16), rates_for(work, 12)
    whole, parts = state.clone(), state.clone()
    machine = plan(work)
    machine.advance(whole, index, rates)
    for start in range(0, 12, 3):
        machine.advance(parts, index[:, start : start + 3], rates[start : start + 3])
    assert torch.equal(whole.theta, parts.theta)


def test_full_batches_are_not_written_out_for_every_step() -> None:
    work, state = begin(MachineRecipe(hidden=(8,), activation="tanh"))
    index, rates = rows(2, 1, 30), rates_for(work, 6)
    index[1, :, 25:] = -1
    shared, written = state.clone(), state.clone()
    machine = plan(work)
    machine.advance(shared, index.expand(-1, 6, -1), rates)
    machine.advance(written, index.repeat(1, 6, 1), rates)
    assert torch.equal(shared.theta, written.theta)
    assert shared.steps.tolist() == [6, 6]


def test_exploded_member_leaves_the_others_alone() -> None:
    work, state = begin(MachineRecipe(hidden=(8,), activation="relu"), clip=1.0, dtype=torch.float32)
    index, rates = rows(2, 10, 16), rates_for(work, 10)
    sound, mixed = state.clone(), state.clone()
    machine = plan(work)
    machine.advance(sound, index, rates)
    rates[:, 0] = torch.inf
    losses = machine.advance(mixed, index, rates)
    assert not torch.isfinite(losses[0])
    assert not torch.isfinite(mixed.theta[0]).all()
    assert torch.equal(mixed.theta[1], sound.theta[1])


def test_batch_without_weight_teaches_nothing() -> None:
    work, state = begin(MachineRecipe(hidden=(4,)), optimizer=PLAIN[0], hyper=({}, {}))
    nothing = int((work.problem.weights == 0).nonzero()[0])
    learnt = state.clone()
    losses = plan(work).advance(learnt, torch.full((2, 3, 4), nothing, dtype=torch.int32), rates_for(work, 3))
    assert losses.tolist() == [0.0, 0.0]
    assert torch.equal(learnt.theta, state.theta)


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_forward_equals_the_network(count: int) -> None:
    recipe = MachineRecipe(hidden=(40, 30), activation="gelu", numeric_embedding="periodic", dropout=0.3)
    work, state = begin(recipe, LOSSES["gaussian"], dtype=torch.float32)
    inputs = work.problem.inputs[torch.arange(count) % SAMPLES]
    for given_inputs in (inputs, torch.stack([inputs, inputs.flip(0)])):
        raw = plan(work, threads=2).forward(state, given_inputs)
        for member in range(2):
            own = given_inputs if given_inputs.dim() == 2 else given_inputs[member]
            z = scaled(own, work.problem.center[member], work.problem.scale[member], work.problem.clip)
            expected = network_of(work, state, member).eval()(z.float())
            torch.testing.assert_close(raw[member], expected.detach(), rtol=1e-5, atol=1e-5)


def test_own_knots_are_used() -> None:
    work, state = begin(MachineRecipe(hidden=(6,), numeric_embedding="piecewise"))
    moved = state.clone()
    name = next(iter(state.buffers))
    moved.buffers[name][1] *= 1.5
    moved.theta.uniform_(-1, 1, generator=torch.Generator().manual_seed(0))
    raw = plan(work).forward(moved, work.problem.inputs)
    expected = PLANS["looped"](work, Tuning()).forward(moved, work.problem.inputs)
    torch.testing.assert_close(raw, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        (MachineRecipe(normalization="batch"), "BatchNorm"),
        (MachineRecipe(kind="polynomial"), "Chebyshev"),
        (MachineRecipe(activation="softmax"), "Softmax"),
    ],
)
def test_says_what_it_does_not_know(recipe: MachineRecipe, words: str) -> None:
    work, _ = begin(recipe)
    assert words in str(CompiledPlan.supports(work))


def test_refuses_what_it_would_get_wrong() -> None:
    work, _ = begin(MachineRecipe(hidden=(6,)))
    stranger = replace(work.problem.loss, function=partial(torch.nn.functional.mse_loss, reduction="none"))
    assert "loss" in str(CompiledPlan.supports(replace(work, problem=replace(work.problem, loss=stranger))))
    lawful = replace(work.problem, head=lambda raw, *_: raw)
    assert "constraints" in str(CompiledPlan.supports(replace(work, problem=lawful)))
    lbfgs = OptimizerRecipe(kind="lbfgs")
    assert "lbfgs" in str(CompiledPlan.supports(replace(work, optimizer=lbfgs)))
    shared = nn.Sequential(layer := nn.Linear(FEATURES, FEATURES), nn.ReLU(), layer)
    assert "shared" in str(CompiledPlan.supports(replace(work, machine=shared)))


def test_compiled_once_is_compiled_for_good() -> None:
    warm()
    assert is_warm(torch.float32)
