"""Adversarial training: an independent implementation of one step, and networks that withstand what others do not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from digit_images import SMALL, digits, maker_of, problem_of

from isinglass.learning.members import product
from isinglass.learning.plans import PLANS, Tuning
from isinglass.learning.plans.adversarial import attacked
from isinglass.learning.plans.batching import Gather
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.machine.layers import dropout_key
from isinglass.recipe import LearningRecipe, OptimizerRecipe
from isinglass.spec import ROW, Role

MEMBERS = product(folds=1, members=2, seed=5)
SIZE = 0.3
RECIPE = LearningRecipe(
    epochs=8,
    batch=32,
    patience="never",
    optimizer=OptimizerRecipe(kind="adam", rate=1e-2),
    threads=1,
    precision="float32",
    adversarial=SIZE,
)
STILL = SMALL.model_copy(update={"normalization": "none", "dropout": 0.0})


def made(recipe: LearningRecipe = RECIPE, members=MEMBERS) -> Training:
    return train(problem_of(members), maker_of(STILL), members, recipe)


def finished(recipe: LearningRecipe, members=MEMBERS) -> Training:
    training = made(recipe, members)
    for _ in training:
        pass
    return training


@pytest.fixture(scope="module")
def hardened() -> Training:
    return finished(RECIPE)


def test_the_gradient_is_that_of_the_changed_batch():
    """By hand: a random start, one step along the sign, back into the cube and into what a pixel can be."""
    training = made()
    plan = PLANS["looped"](training.work, Tuning())
    index = training.batches.take(training.initial.members, 0, 1)[:, 0]
    losses, gradient = plan.gradient(training.initial.clone(), index)
    for m, member in enumerate(MEMBERS):
        network, problem = maker_of(STILL)(member.seed), training.work
        rows = index[m].long()
        center, scale = float(problem.view.center[m]), float(problem.view.scale[m])
        z = (problem.rows.inputs[rows].float() - center) * scale
        generator = torch.Generator().manual_seed(
            int(dropout_key(training.initial.seeds, training.initial.steps, -1)[m])
        )
        start = (z + SIZE * (2 * torch.rand(z.shape, generator=generator) - 1)).requires_grad_()
        classes = problem.rows.targets[rows, 0].long()
        torch.nn.functional.cross_entropy(network(start), classes).backward()
        moved = start.detach() + 1.25 * SIZE * start.grad.sign()
        moved = torch.clamp(torch.clamp(moved - z, -SIZE, SIZE) + z, -center * scale, (255 - center) * scale)
        network.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(moved), classes)
        loss.backward()
        assert float(losses[m]) == pytest.approx(loss.item(), rel=1e-5)
        flat = torch.cat([parameter.grad.reshape(-1) for parameter in network.parameters()])
        torch.testing.assert_close(gradient[m], flat, rtol=1e-3, atol=1e-6)


def test_a_member_alone_is_as_among_others(hardened):
    alone = finished(RECIPE, MEMBERS[1:])
    torch.testing.assert_close(hardened.final_state().theta[1], alone.final_state().theta[0], rtol=1e-4, atol=1e-5)


def test_changed_values_are_possible_ones():
    training = made()
    gather = Gather(training.work, torch.tensor([0]))
    pixels = torch.from_numpy(digits()[0][:50])
    z = gather.scaled(pixels)[0]
    changed = attacked(z, lambda part: part.sum(), gather, size=SIZE, key=1)
    assert float((changed - z).abs().max()) <= SIZE + 1e-6
    back = changed / gather.scale[0] + gather.center[0]
    assert float(back.min()) >= -1e-3
    assert float(back.max()) <= 255 + 1e-3
    assert float((changed - z).mean()) > 0.1  # the sum rises


def test_it_withstands_what_another_network_does_not(hardened):
    plain = finished(RECIPE.model_copy(update={"adversarial": 0.0}))
    assert under_attack(hardened) > under_attack(plain) + 0.1


def under_attack(training: Training) -> float:
    """Accuracy of the first network on rows that it never saw, each changed by one step of FGSM."""
    network, data, view = training.result().network(0).eval(), training.work.rows, training.work.view
    rows = data.of(0, Role.OUT)
    z = ((data.inputs[rows].float() - view.center[0, 0]) * view.scale[0, 0]).float().requires_grad_()
    classes = data.targets[rows, 0].long()
    torch.nn.functional.cross_entropy(network(z), classes).backward()
    with torch.no_grad():
        return float((network(z + SIZE * z.grad.sign()).argmax(1) == classes).double().mean())


def test_only_the_looped_plan_attacks():
    work = made().work
    view = replace(work.view, center=torch.zeros(2, 3), spec=ROW)
    table = replace(work.rows, inputs=torch.zeros(4, 3))
    work = replace(work, network=replace(work.network, view=view), rows=table)
    for name in ("stacked", "vmapped", "compiled"):
        assert PLANS[name].supports(work) is not None
    assert PLANS["looped"].supports(work) is None
