"""Images of a study: the trace of a convolutional network is what the engine computes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from digit_images import maker_of, problem_of

from isinglass.explanation.gradient_check import gradient_check
from isinglass.explanation.trace import sgd
from isinglass.explanation.trace.rows import Asking, row_machine, trace_rows
from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.learning.members import product
from isinglass.learning.plans.forward import for_prediction
from isinglass.learning.population import populate
from isinglass.learning.workload import network_of
from isinglass.spec import Column, Kind, Task

ROWS = problem_of(product(folds=1, members=2, seed=4)).rows


@pytest.fixture(scope="module")
def ensemble() -> Ensemble:
    members = product(folds=1, members=2, seed=4)
    problem, population = problem_of(members), populate(maker_of(), members)
    common = network_of(population, problem)
    return Ensemble(
        common=common,
        state=population.state([member.seed for member in members]),
        plan=for_prediction(common),
        fold=np.zeros(2, int),
        task=Task.CLASSIFICATION,
        targets=(Column("digit", Kind.CATEGORICAL, categories=tuple("0123456789")),),
        calibration=Calibration(),
        noise_floor=np.zeros(1),
    )


def test_outputs_are_the_engines(ensemble: Ensemble) -> None:
    pixels = ROWS.inputs[:3]
    raw = ensemble.plan.forward(ensemble.state, pixels)
    for member in range(2):
        found = trace_rows(ensemble.take(np.array([member])), Asking(pixels.numpy()))
        np.testing.assert_allclose(found.result.value.values, raw[member].numpy(), rtol=1e-3, atol=1e-4)
        assert found["inputs"].gradient.shape == (3, 1, 8, 8)
        assert found.difference < 1e-4


def test_loss_and_updates(ensemble: Ensemble) -> None:
    asking = Asking(ROWS.inputs[:1].numpy(), ROWS.targets[:1].numpy(), step=sgd(0.1))
    found = trace_rows(ensemble, asking)
    raw = ensemble.plan.forward(ensemble.state, ROWS.inputs[:1])
    losses = torch.stack([torch.nn.functional.cross_entropy(one, ROWS.targets[:1, 0].long()) for one in raw])
    assert found.result.value.scalar == pytest.approx(float(losses.mean()), rel=1e-3)
    parameters = [node for node in found.nodes if node.kind == "parameter"]
    assert parameters
    assert all(node.update is not None for node in parameters)


def test_gradient_check(ensemble: Ensemble) -> None:
    machine = row_machine(ensemble, 1, ROWS.targets[:2].numpy(), dtype=torch.float64)
    assert gradient_check(machine, ROWS.inputs[:2].double(), entries=6).passed
