"""The compiled plan against plain PyTorch: autograd and torch.optim, one network at a time."""

from __future__ import annotations

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from plain_torch import ACTIVATIONS, PLAIN, VARIANTS, assert_as_oracle, begin, compiled, oracle, rates_for, rows

from isinglass.recipe import MachineRecipe, OptimizerRecipe, PenaltyRecipe

pytest.importorskip("numba", reason="the extra 'fast' is not installed")


KNOWN = [name for name, loss in VARIANTS.items() if loss.name not in ("tobit", "zero_inflated_gamma")]


def test_losses_that_the_kernel_does_not_know_are_refused_by_name() -> None:
    from isinglass.learning.plans.compiled import CompiledPlan

    for name in set(VARIANTS) - set(KNOWN):
        work, _ = begin(MachineRecipe(hidden=(7,)), VARIANTS[name])
        assert CompiledPlan.supports(work) == f"the kernel does not know the loss {name}"


@pytest.mark.parametrize("name", KNOWN)
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
    compiled(work).advance(learnt, index, rates)
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
    loss = VARIANTS[data.draw(st.sampled_from(sorted(KNOWN)))]
    optimizer = data.draw(st.sampled_from(PLAIN))
    work, state = begin(
        recipe, loss, optimizer, codes=data.draw(st.booleans()), clip=data.draw(st.sampled_from([0.0, 1.0]))
    )
    assert_as_oracle(work, state, steps=8, batch=data.draw(st.integers(1, 70)), tolerance=1e-8)


def test_many_rows_are_taken_in_parts() -> None:
    work, state = begin(MachineRecipe(hidden=(60, 60, 60), activation="silu", dropout=0.1))
    assert compiled(work).translation.stride(5000) < 5000
    assert_as_oracle(work, state, steps=2, batch=5000)
