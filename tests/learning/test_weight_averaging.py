"""Running means, slow weights, frozen stages, rates by stage, Muon and snapshots, on tables and on images."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from digit_images import SMALL, maker_of, problem_of

from isinglass.errors import MachineError, TrainingError
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import product
from isinglass.learning.optimizers.muon import orthogonal
from isinglass.learning.optimizers.schedules import factors
from isinglass.learning.plans import PLANS, Tuning
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.learning.weight_averaging import judged
from isinglass.recipe import LearningRecipe, OptimizerRecipe, ScheduleRecipe

ADAM = OptimizerRecipe(kind="adam", rate=5e-3)
RECIPE = LearningRecipe(epochs=2, batch=64, patience="never", optimizer=ADAM, threads=1, precision="float32")
MEMBERS = product(folds=1, members=2, seed=5)


def training_of(changes: dict, **options) -> Training:
    return train(problem_of(MEMBERS), maker_of(), MEMBERS, RECIPE.model_copy(update=changes), **options)


def finished(training: Training) -> Training:
    for _ in training:
        pass
    return training


def walk(training: Training, steps: int) -> list:
    """The states after each step, one by one."""
    plan, state = PLANS["looped"](training.work, Tuning()), training.initial.clone()
    index = training.batches.take(state.members, 0, steps)
    seen = []
    for k in range(steps):
        plan.advance(state, index[:, k : k + 1], torch.full((1, len(state.members)), 5e-3))
        seen.append(state.clone())
    return seen


def test_the_running_mean_follows_weights_and_statistics() -> None:
    training = training_of({"average": 0.9})
    mean, buffers = training.initial.theta, dict(training.initial.buffers)
    for t, state in enumerate(walk(training, 6), 1):
        d = min(0.9, (1 + t) / (10 + t))
        mean = d * mean + (1 - d) * state.theta
        buffers = {n: d * b + (1 - d) * state.buffers[n] for n, b in buffers.items()}
    torch.testing.assert_close(judged(state).theta, mean, rtol=1e-4, atol=1e-6)
    for name, buffer in judged(state).buffers.items():
        if buffer.is_floating_point():
            torch.testing.assert_close(buffer, buffers[name], rtol=1e-4, atol=1e-6)


def test_the_result_is_the_mean(tmp_path) -> None:
    training = finished(training_of({"average": 0.9}))
    plain = finished(training_of({}))
    assert not torch.equal(training.result().theta, plain.result().theta)
    begun = training_of({"average": 0.9, "lookahead": 3}, checkpoint=Checkpoint(tmp_path / "run", every=0.0))
    next(iter(begun))
    resumed = finished(training_of({"average": 0.9, "lookahead": 3}, checkpoint=Checkpoint(tmp_path / "run")))
    unbroken = finished(training_of({"average": 0.9, "lookahead": 3}))
    assert torch.equal(resumed.result().theta, unbroken.result().theta)


def test_lookahead_goes_half_way() -> None:
    fast, slow = walk(training_of({}), 3), walk(training_of({"lookahead": 3}), 3)
    assert torch.equal(fast[1].theta, slow[1].theta)
    start = training_of({}).initial.theta
    torch.testing.assert_close(slow[2].theta, (start + fast[2].theta) / 2)


def test_tables_learn_so_too(make_problem, make_maker) -> None:
    """The stacked plan follows and pulls as the looped one does."""
    members = product(folds=1, members=3, seed=2)
    recipe = RECIPE.model_copy(update={"average": 0.8, "lookahead": 2, "layer_decay": 0.5, "batch": 32})
    for kind in ("adam", "muon"):
        own = recipe.model_copy(update={"optimizer": OptimizerRecipe(kind=kind, rate=0.01)})
        done = [
            finished(train(make_problem(members), make_maker(), members, own.model_copy(update={"plan": plan})))
            for plan in ("looped", "stacked")
        ]
        torch.testing.assert_close(done[0].result().theta, done[1].result().theta, rtol=1e-3, atol=1e-5)
    with pytest.raises(TrainingError, match="means of the weights"):
        _ = train(make_problem(members), make_maker(), members, recipe.model_copy(update={"plan": "compiled"})).report


def test_frozen_stages_sleep_until_they_thaw() -> None:
    training = training_of({"unfreeze": 0.5}, frozen=("features",))
    total, work = training.pace.total, training.work
    last = max(slot.end for slot in work.layout.slots if slot.name.startswith("features."))
    states = walk(training, total)
    moved = [not torch.equal(a.theta[:, :last], b.theta[:, :last]) for a, b in pairwise(states)]
    assert moved == [k + 1 >= round(total / 2) for k in range(total - 1)]
    assert all(not torch.equal(a.theta[:, last:], b.theta[:, last:]) for a, b in pairwise(states))
    inside = [name for name in states[0].buffers if name.startswith("features.") and "running_mean" in name]
    assert inside
    for name in inside:
        assert torch.equal(states[0].buffers[name], training.initial.buffers[name])
        assert not torch.equal(states[-1].buffers[name], training.initial.buffers[name])


@pytest.mark.parametrize(
    ("frozen", "what"), [(("stem",), "no stage has this name"), (("features", "classifier"), "nothing is left")]
)
def test_a_wrong_stage_is_refused(frozen, what) -> None:
    with pytest.raises(MachineError, match=what):
        training_of({}, frozen=frozen)


def test_lower_stages_learn_at_lower_rates() -> None:
    sgd = OptimizerRecipe(kind="sgd", rate=5e-3)
    plain, lowered = (training_of({"optimizer": sgd, "layer_decay": decay}) for decay in (1.0, 0.5))
    stages = len(lowered.work.machine.stages)
    assert stages == len({piece.factor for piece in lowered.work.pieces})
    steps = [(walk(t, 1)[0].theta - t.initial.theta) for t in (plain, lowered)]
    for piece in lowered.work.pieces:
        part = slice(piece.start, piece.stop)
        torch.testing.assert_close(steps[1][:, part], steps[0][:, part] * piece.factor, rtol=1e-3, atol=1e-7)


def test_muon_equals_torch() -> None:
    """torch.optim.Muon for the weights (in half precision), AdamW for the rest."""
    recipe = OptimizerRecipe(kind="muon", rate=0.02, weight_decay=0.1)
    training = training_of({"optimizer": recipe})
    plan, state = PLANS["looped"](training.work, Tuning()), training.initial.clone()
    index = training.batches.take(state.members, 0, 1)
    gradient = plan.gradient(state.clone(), index[:, 0])[1]
    plan.advance(state, index, torch.full((1, 2), 0.02))
    before, after = (training.work.layout.views_of_one(theta[0]) for theta in (training.initial.theta, state.theta))
    for slot in training.work.layout.slots:
        p = before[slot.name].clone().flatten(1 if slot.is_weight else 0).requires_grad_()
        p.grad = training.work.layout.views_of_one(gradient[0])[slot.name].reshape(p.shape).clone()
        if slot.is_weight:
            optimizer = torch.optim.Muon([p], lr=0.02, weight_decay=0.1, momentum=0.95)
        else:
            optimizer = torch.optim.AdamW([p], lr=0.002, weight_decay=0.1)
        optimizer.step()
        torch.testing.assert_close(after[slot.name].reshape(p.shape), p.detach(), rtol=0.02, atol=1e-3)


def test_orthogonal_has_like_singular_values() -> None:
    for shape in ((2, 5, 40), (2, 40, 5), (1, 16, 16)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape, generator=torch.Generator().manual_seed(1))))
        assert (values > 0.3).all()
        assert (values < 1.3).all()


def test_snapshots_are_further_members(tmp_path) -> None:
    training = finished(training_of({"epochs": 8, "snapshots": 3}))
    team = training.team()
    assert team.members.tolist() == [0, 1] + [0, 1] * 3
    assert len({tuple(theta[:20].tolist()) for theta in team.theta}) == 8
    assert torch.equal(team.theta[:2], training.result().theta)
    raw = training.report.plan.forward(team, training.work.rows.inputs[:5])
    assert raw.shape == (8, 5, 10)
    begun = training_of({"epochs": 8, "snapshots": 3}, checkpoint=Checkpoint(tmp_path / "run", every=0.0))
    for tick in begun:
        if tick.epoch >= 6:
            break
    resumed = finished(training_of({"epochs": 8, "snapshots": 3}, checkpoint=Checkpoint(tmp_path / "run")))
    assert torch.equal(resumed.team().theta, team.theta)


def test_triangular_rises_to_the_peak_and_falls_to_nothing() -> None:
    values = factors(ScheduleRecipe(kind="triangular", peak=0.2), 100)
    assert int(values.argmax()) in (19, 20)
    assert float(values.max()) == pytest.approx(1, abs=0.02)
    rise, fall = values[:19].diff(), values[21:].diff()
    assert float(rise.max() - rise.min()) == pytest.approx(0, abs=1e-9)
    assert float(fall.max() - fall.min()) == pytest.approx(0, abs=1e-9)
    assert 0 < float(values[-1]) < 0.02


def test_rectifiers_behind_poolings_change_no_number() -> None:
    """The quicker order of layers, against the machine itself."""
    training = train(problem_of(MEMBERS), maker_of(SMALL.model_copy(update={"dropout": 0.0})), MEMBERS, RECIPE)
    index = training.batches.take(torch.arange(2), 0, 1)[:, 0]
    gradient = PLANS["looped"](training.work, Tuning(layout="plain")).gradient(training.initial.clone(), index)[1]
    machine = training.population.network(0).train().requires_grad_()
    rows = index[0].long()
    problem = training.work
    raw = machine((problem.rows.inputs[rows] - problem.view.center[0]) * problem.view.scale[0])
    torch.nn.functional.cross_entropy(raw, problem.rows.targets[rows, 0].long()).backward()
    expected = torch.cat([p.grad.flatten() for p in machine.parameters()])
    torch.testing.assert_close(gradient[0], expected, rtol=1e-4, atol=1e-6)
