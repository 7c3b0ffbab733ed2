"""Rows of a fitted study: each member's own numbers, and their mean and spread."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from commands import fitted, table
from torch import nn

from isinglass.errors import MachineError, UsageError
from isinglass.explanation.trace import Step, sgd, trace
from isinglass.explanation.trace.neurons import layers
from isinglass.explanation.trace.population import over_members
from isinglass.explanation.trace.rows import Asking, row_machine, trace_rows
from isinglass.model import Model
from isinglass.recipe import OptimizerRecipe


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("rows")
    table().write_csv(folder / "t.csv")
    return Model.load(fitted(folder / "study", Path(folder / "t.csv"), "data.target=y"))


def asking(model: Model, rows: slice = slice(3, 4)) -> Asking:
    sample = model.sample
    return Asking(sample.inputs[rows], sample.targets[rows], ("a", "b"), sgd(0.1))


def test_mean_and_spread_over_members(model: Model) -> None:
    both = trace_rows(model.ensemble, asking(model))
    alone = [trace_rows(model.ensemble.take(np.array([m])), asking(model)) for m in range(2)]
    assert both.members == 2
    for node, *own in zip(both, *alone, strict=True):
        values = np.stack([one.value.values for one in own]).astype(float)
        np.testing.assert_allclose(node.value.values, values.mean(axis=0), rtol=1e-6)
        np.testing.assert_allclose(node.value.spread, values.std(axis=0, ddof=1), rtol=1e-6, atol=1e-12)


def test_gradients_of_several_rows_are_means(model: Model) -> None:
    one = model.ensemble.take(np.array([0]))
    together = trace_rows(one, asking(model, slice(0, 3)))
    apart = [trace_rows(one, asking(model, slice(k, k + 1))) for k in range(3)]
    for name in ("machine.0.weight", "machine.2.bias"):
        mean = np.mean([part[name].gradient.values for part in apart], axis=0)
        np.testing.assert_allclose(together[name].gradient.values, mean, rtol=1e-4, atol=1e-7)


def test_the_loss_is_the_studys(model: Model) -> None:
    found = trace_rows(model.ensemble.take(np.array([1])), asking(model))
    work, state = model.ensemble.common, model.ensemble.state.take(torch.tensor([1]))
    raw = model.ensemble.plan.forward(state, torch.from_numpy(np.ascontiguousarray(model.sample.inputs[3:4])))
    centre, scale = (part[1] for part in (work.view.target_center, work.view.target_scale))
    target = ((torch.from_numpy(model.sample.targets[3:4]) - centre) / scale).to(raw.dtype)
    assert found.result.value.scalar == pytest.approx(float(work.objective.loss.function(raw[0], target)), rel=1e-4)


def test_neurons(model: Model) -> None:
    found = trace_rows(model.ensemble.take(np.array([0])), asking(model))
    first, last = layers(found)
    assert (first.name, first.activation, first.inputs) == ("machine.0", "silu", ("a", "b"))
    assert (last.activation, len(last.neurons)) == ("", 2)
    z = found.node(found.into(found["machine.0"])[0].source).value.values[0]
    for neuron in first.neurons:
        total = float(neuron.weights.values @ z + neuron.bias.values)
        assert neuron.sum.scalar == pytest.approx(total, rel=1e-4, abs=1e-6)
        assert neuron.activation.scalar == pytest.approx(total / (1 + np.exp(-total)), rel=1e-4, abs=1e-6)
        # dJ/dw = dJ/dsum z, dJ/db = dJ/dsum, and gradient descent goes a tenth of it back
        np.testing.assert_allclose(neuron.weight_gradients.values, neuron.gradient.scalar * z, rtol=1e-4, atol=1e-8)
        assert neuron.bias_update.scalar == pytest.approx(-0.1 * neuron.gradient.scalar, rel=1e-4)


def test_no_target_no_loss(model: Model) -> None:
    found = trace_rows(model.ensemble, Asking(model.sample.inputs[:1], names=("a", "b"), step=sgd(0.1)))
    assert found.optimizer == ""
    assert found.result.name == "machine.2"


def test_no_such_member(model: Model) -> None:
    with pytest.raises(MachineError, match=r"no such member\. Given: 3\. Allowed: 1 to 2"):
        row_machine(model.ensemble, 2, None)


@pytest.mark.parametrize("kind", ["sgd", "rmsprop", "adagrad", "adam", "adamw"])
def test_updates_are_those_of_torch(kind: str) -> None:
    torch.manual_seed(0)
    net, x = nn.Linear(3, 2).double(), torch.randn(4, 3, dtype=torch.float64)
    make = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adagrad": torch.optim.Adagrad,
            "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind]  # fmt: skip
    step = Step(OptimizerRecipe(kind=kind, rate=0.01, weight_decay=0.1))
    found = trace(net, x, loss=lambda raw: raw.square().mean(), step=step)
    before = {name: parameter.detach().clone() for name, parameter in net.named_parameters()}
    optimizer = make(net.parameters(), lr=0.01, weight_decay=0.1, **({"eps": 1e-8} if kind != "sgd" else {}))
    net(x).square().mean().backward()
    optimizer.step()
    for name, parameter in net.named_parameters():
        moved = (parameter.detach() - before[name]).numpy()
        np.testing.assert_allclose(found[name].update.values, moved, rtol=1e-6, atol=1e-12)


def test_optimizers_without_single_steps() -> None:
    with pytest.raises(UsageError, match="no single steps"):
        Step(OptimizerRecipe(kind="lbfgs", rate=1.0))


def test_members_that_go_different_ways() -> None:
    one, other = (trace(lambda x, f=f: f(x).sum(), torch.ones(2)) for f in (torch.exp, torch.sin))
    with pytest.raises(MachineError, match="different ways"):
        over_members([one, other])
    with pytest.raises(MachineError, match="no members"):
        over_members([])
