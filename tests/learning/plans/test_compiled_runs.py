"""What a run of the compiled plan must not depend on, its answers, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import torch
from plain_torch import FEATURES, PLAIN, SAMPLES, begin, compiled, network_of, rates_for, rows
from torch import nn

from isinglass.learning.plans import PLANS, Tuning
from isinglass.learning.view import scaled
from isinglass.objective.losses import LOSSES
from isinglass.objective.objective import Objective
from isinglass.recipe import MachineRecipe, OptimizerRecipe, PenaltyRecipe

pytest.importorskip("numba", reason="the extra 'fast' is not installed")

from isinglass.learning.plans.compiled import CompiledPlan, is_warm, warm


def test_same_bits_whatever_the_threads_and_the_population() -> None:
    hyper = tuple({"weight_decay": 0.01 * i} for i in range(5))
    work, state = begin(MachineRecipe(hidden=(20, 20), activation="silu"), hyper=hyper, dtype=torch.float32)
    index, rates = rows(5, 40, 33), torch.full((40, 5), 1e-3)
    results = []
    for threads in (1, 2, 3):
        learnt = state.clone()
        compiled(work, threads=threads).advance(learnt, index, rates)
        results.append(learnt.theta)
    assert torch.equal(results[0], results[1])
    assert torch.equal(results[0], results[2])
    alone = state.take(torch.tensor([3]))
    compiled(work).advance(alone, index[3:4], rates[:, 3:4])
    assert torch.equal(alone.theta[0], results[0][3])


def test_many_short_calls_equal_one_long_call() -> None:
    work, state = begin(MachineRecipe(hidden=(8,), activation="relu", dropout=0.2), dtype=torch.float32)
    index, rates = rows(2, 12, 16), rates_for(work, 12)
    whole, parts = state.clone(), state.clone()
    machine = compiled(work)
    machine.advance(whole, index, rates)
    for start in range(0, 12, 3):
        machine.advance(parts, index[:, start : start + 3], rates[start : start + 3])
    assert torch.equal(whole.theta, parts.theta)


def test_full_batches_are_not_written_out_for_every_step() -> None:
    work, state = begin(MachineRecipe(hidden=(8,), activation="tanh"))
    index, rates = rows(2, 1, 30), rates_for(work, 6)
    index[1, :, 25:] = -1
    shared, written = state.clone(), state.clone()
    machine = compiled(work)
    machine.advance(shared, index.expand(-1, 6, -1), rates)
    machine.advance(written, index.repeat(1, 6, 1), rates)
    assert torch.equal(shared.theta, written.theta)
    assert shared.steps.tolist() == [6, 6]


def test_exploded_member_leaves_the_others_alone() -> None:
    work, state = begin(MachineRecipe(hidden=(8,), activation="relu"), clip=1.0, dtype=torch.float32)
    index, rates = rows(2, 10, 16), rates_for(work, 10)
    sound, mixed = state.clone(), state.clone()
    machine = compiled(work)
    machine.advance(sound, index, rates)
    rates[:, 0] = torch.inf
    losses = machine.advance(mixed, index, rates)
    assert not torch.isfinite(losses[0])
    assert not torch.isfinite(mixed.theta[0]).all()
    assert torch.equal(mixed.theta[1], sound.theta[1])


def test_batch_without_weight_teaches_nothing() -> None:
    work, state = begin(MachineRecipe(hidden=(4,)), optimizer=PLAIN[0], hyper=({}, {}))
    nothing = int((work.rows.weights == 0).nonzero()[0])
    learnt = state.clone()
    losses = compiled(work).advance(learnt, torch.full((2, 3, 4), nothing, dtype=torch.int32), rates_for(work, 3))
    assert losses.tolist() == [0.0, 0.0]
    assert torch.equal(learnt.theta, state.theta)


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_forward_equals_the_network(count: int) -> None:
    recipe = MachineRecipe(hidden=(40, 30), activation="gelu", numeric_embedding="periodic", dropout=0.3)
    work, state = begin(recipe, LOSSES["gaussian"], dtype=torch.float32)
    inputs = work.rows.inputs[torch.arange(count) % SAMPLES]
    for given_inputs in (inputs, torch.stack([inputs, inputs.flip(0)])):
        raw = compiled(work, threads=2).forward(state, given_inputs)
        for member in range(2):
            own = given_inputs if given_inputs.dim() == 2 else given_inputs[member]
            z = scaled(own, work.view.center[member], work.view.scale[member], work.view.clip)
            expected = network_of(work, state, member).eval()(z.float())
            torch.testing.assert_close(raw[member], expected.detach(), rtol=1e-5, atol=1e-5)


def test_own_knots_are_used() -> None:
    work, state = begin(MachineRecipe(hidden=(6,), numeric_embedding="piecewise"))
    moved = state.clone()
    name = next(iter(state.buffers))
    moved.buffers[name][1] *= 1.5
    moved.theta.uniform_(-1, 1, generator=torch.Generator().manual_seed(0))
    raw = compiled(work).forward(moved, work.rows.inputs)
    expected = PLANS["looped"](work, Tuning()).forward(moved, work.rows.inputs)
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
    stranger = replace(work.objective.loss, function=partial(torch.nn.functional.mse_loss, reduction="none"))
    strange = replace(work.network, objective=Objective(stranger))
    assert "loss" in str(CompiledPlan.supports(replace(work, network=strange)))
    lawful = replace(work.network, view=replace(work.view, head=lambda raw, *_: raw))
    assert "constraints" in str(CompiledPlan.supports(replace(work, network=lawful)))
    lbfgs = OptimizerRecipe(kind="lbfgs")
    assert "lbfgs" in str(CompiledPlan.supports(replace(work, optimizer=lbfgs)))
    quartic = PenaltyRecipe.model_construct(kind="l4", strength=0.1)
    assert "penalty l4" in str(CompiledPlan.supports(replace(work, penalties=(quartic,))))
    shared = nn.Sequential(layer := nn.Linear(FEATURES, FEATURES), nn.ReLU(), layer)
    assert "shared" in str(CompiledPlan.supports(replace(work, network=replace(work.network, machine=shared))))


def test_compiled_once_is_compiled_for_good() -> None:
    warm()
    assert is_warm(torch.float32)
