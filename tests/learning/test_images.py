"""A population of networks of images: alone as among others, resumed as unbroken, streamed as resident."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from digit_images import SMALL, digits, maker_of, problem_of

from isinglass.data import augment
from isinglass.errors import TrainingError
from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.storage import restore, store
from isinglass.learning.checkpoint import Checkpoint
from isinglass.learning.members import product
from isinglass.learning.plans import PLANS, Tuning
from isinglass.learning.plans.forward import for_prediction
from isinglass.learning.problem import Problem
from isinglass.learning.rows import tensor_of
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.recipe import AugmentRecipe, DataRecipe, LearningRecipe, MachineRecipe, OptimizerRecipe, Recipe
from isinglass.spec import Column, Kind, Role, Task, image_spec

RECIPE = LearningRecipe(
    epochs=4,
    batch=32,
    patience="never",
    optimizer=OptimizerRecipe(kind="adam", rate=2e-2),
    threads=1,
    precision="float32",
)
MEMBERS = product(folds=1, members=3, seed=5)
RANDOM = augment.build(
    AugmentRecipe(flip="alternating", translation=1, rotation=10, cutout=2, noise=0.1, mixup=0.3), (1, 8, 8)
)


def finished(problem: Problem, recipe: LearningRecipe = RECIPE, members=MEMBERS, **options) -> Training:
    training = train(problem, options.pop("maker", maker_of()), members, recipe, **options)
    for _ in training:
        pass
    return training


def changed(problem: Problem, **rows) -> Problem:
    return replace(problem, rows=replace(problem.rows, **rows))


@pytest.fixture(scope="module")
def problem() -> Problem:
    return changed(problem_of(MEMBERS), augment=RANDOM)


@pytest.fixture(scope="module")
def trained(problem) -> Training:
    return finished(problem)


def ensemble_of(training: Training, targets: tuple[Column, ...], task: Task = Task.CLASSIFICATION) -> Ensemble:
    return Ensemble(
        common=training.work.network,
        state=training.final_state(),
        plan=for_prediction(training.work.network),
        fold=np.zeros(len(training.members), int),
        task=task,
        targets=targets,
        calibration=Calibration(),
        noise_floor=np.zeros(1),
    )


DIGIT = (Column("digit", Kind.CATEGORICAL, categories=tuple("0123456789")),)
MASK = (Column("mask", Kind.CATEGORICAL, categories=("dark", "grey", "bright")),)


def test_a_member_alone_is_the_member_among_others(problem, trained) -> None:
    alone = finished(problem.take(torch.tensor([1])), members=MEMBERS[1:2])
    assert torch.equal(alone.result().theta[0], trained.result().theta[1])
    assert all(torch.equal(alone.result().buffers[name][0], b[1]) for name, b in trained.result().buffers.items())


def test_threads_take_members_and_change_nothing(trained) -> None:
    one, two = (PLANS["looped"](trained.work, tuning) for tuning in (Tuning(0, 1, "float32"), Tuning(1, 2, "float32")))
    index = trained.batches.take(torch.arange(3), 0, 5)
    rates = torch.full((5, 3), 1e-3)
    states = [trained.initial.clone() for _ in range(2)]
    losses = [plan.advance(state, index, rates) for plan, state in zip((one, two), states, strict=True)]
    assert torch.equal(*losses)
    assert torch.equal(states[0].theta, states[1].theta)


def test_an_interrupted_run_equals_an_unbroken_one(problem, trained, tmp_path) -> None:
    begun = train(problem, maker_of(), MEMBERS, RECIPE, checkpoint=Checkpoint(tmp_path / "run", every=0.0))
    next(iter(begun))
    resumed = finished(problem, checkpoint=Checkpoint(tmp_path / "run", every=0.0))
    assert len(resumed.run.ticks) == len(trained.run.ticks)
    assert torch.equal(resumed.result().theta, trained.result().theta)
    assert all(torch.equal(resumed.result().buffers[name], b) for name, b in trained.result().buffers.items())


def test_it_learns() -> None:
    trained = finished(problem_of(MEMBERS), RECIPE.model_copy(update={"epochs": 8}))
    ensemble = ensemble_of(trained, DIGIT)
    pixels, labels = digits()
    out = (trained.work.rows.role == int(Role.OUT)).numpy()
    told = ensemble.predict(pixels, out)
    asked = out.any(axis=0)
    assert (told.mean[asked, 0] == labels[asked, 0]).mean() > 0.85
    assert np.isnan(told.probabilities[~asked]).all()
    np.testing.assert_allclose(told.probabilities[asked].sum(axis=1), 1, rtol=1e-6)


def test_a_memory_map_is_read_ahead_and_changes_nothing(problem, trained, tmp_path) -> None:
    np.save(tmp_path / "pixels.npy", digits()[0])
    mapped = np.load(tmp_path / "pixels.npy", mmap_mode="r")
    streamed = finished(changed(problem, inputs=tensor_of(mapped), streamed=True))
    assert torch.equal(streamed.result().theta, trained.result().theta)
    resident, told = (ensemble_of(t, DIGIT).predict(x) for t, x in ((trained, digits()[0]), (streamed, mapped)))
    np.testing.assert_array_equal(told.probabilities, resident.probabilities)


@pytest.mark.parametrize("depth", [np.uint16, np.float32])
def test_depths_differ_in_memory_only(problem, trained, depth) -> None:
    inputs = torch.from_numpy(digits()[0].astype(depth))
    assert torch.equal(finished(changed(problem, inputs=inputs)).result().theta, trained.result().theta)


def test_half_precision_is_close_in_every_layout(trained) -> None:
    index = trained.batches.take(torch.arange(3), 0, 1)[:, 0]
    full, half, plain = (
        PLANS["looped"](trained.work, Tuning(0, 1, precision, layout)).gradient(trained.initial.clone(), index)
        for precision, layout in (
            ("float32", "channels_last"), ("bfloat16", "channels_last"), ("float32", "plain")
        )
    )  # fmt: skip
    torch.testing.assert_close(plain, full, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(half[0], full[0], rtol=0.02, atol=0.02)
    cosine = torch.nn.functional.cosine_similarity(half[1], full[1], dim=1)
    assert (cosine > 0.98).all()


def test_augmentation_is_a_pure_function_of_seed_and_step(trained) -> None:
    index = trained.batches.take(torch.arange(3), 0, 1)[:, 0]
    plan = PLANS["looped"](trained.work, Tuning(0, 1))
    losses = [plan.gradient(trained.initial.clone(), index)[0] for _ in range(2)]
    later = trained.initial.clone()
    later.steps += 1
    assert torch.equal(*losses)
    assert (plan.gradient(later, index)[0] != losses[0]).all()


def test_the_plan_is_measured_and_the_others_say_why_not(problem) -> None:
    recipe = RECIPE.model_copy(update={"epochs": 40, "precision": "auto", "threads": 2})
    report = train(problem, maker_of(), MEMBERS, recipe).report
    assert report.name == "looped"
    assert len(report.timings) == 4
    assert all(0 < value < 1e6 for value in report.timings.values())
    assert report.refused == dict.fromkeys(("compiled", "stacked", "vmapped"), report.refused["stacked"])
    with pytest.raises(TrainingError, match="one by one"):
        _ = train(problem, maker_of(), MEMBERS, recipe.model_copy(update={"plan": "stacked"})).report


class Branched(torch.nn.Module):
    """Two heads while it learns."""

    auxiliary_weight = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.body, self.aux = torch.nn.Linear(64, 10), torch.nn.Linear(64, 10)

    def forward(self, x):
        x = x.flatten(1)
        return (self.body(x), self.aux(x)) if self.training else self.body(x)


def test_auxiliary_heads_learn_with_their_weight() -> None:
    from isinglass.learning.population import from_module

    training = train(problem_of(MEMBERS), from_module(Branched()), MEMBERS, RECIPE)
    index = training.batches.take(torch.arange(3), 0, 1)[:, 0]
    plan = PLANS["looped"](training.work, Tuning())
    loss, gradient = plan.gradient(training.initial, index)
    machine = training.population.network(0).train().requires_grad_()
    rows = index[0].long()
    z = (training.work.rows.inputs[rows] - 70.0) / 90
    labels = training.work.rows.targets[rows, 0].long()
    main, aux = (torch.nn.functional.cross_entropy(raw, labels) for raw in machine(z))
    (main + 0.5 * aux).backward()
    expected = torch.cat([p.grad.flatten() for p in machine.parameters()])
    assert float(loss[0]) == pytest.approx(main.item(), rel=1e-5)
    torch.testing.assert_close(gradient[0], expected, rtol=1e-4, atol=1e-6)
    assert plan.forward(training.initial, training.work.rows.inputs[:4]).shape == (3, 4, 10)


def test_mixed_targets_share_the_loss(problem) -> None:
    from isinglass.data.augment import Augmented

    def mixed(z, target, *, seed, step, rows=None, epoch=None):
        return Augmented(z, target, target.flip(0), torch.full((len(z),), 0.25))

    training = train(changed(problem, augment=mixed), maker_of(), MEMBERS, RECIPE)
    index = training.batches.take(torch.arange(3), 0, 1)[:, 0]
    parts = [
        PLANS["looped"](replace(training.work, rows=replace(problem.rows, augment=part)), Tuning()).gradient(
            training.initial.clone(), index
        )[0]
        for part in (mixed, None, lambda z, t, **_: Augmented(z, t.flip(0)))
    ]
    torch.testing.assert_close(parts[0], 0.75 * parts[1] + 0.25 * parts[2], rtol=1e-5, atol=1e-6)


def test_without_stop_rows_the_last_weights_count(problem) -> None:
    everything = changed(problem, role=torch.full_like(problem.rows.role, int(Role.TRAIN)))
    training = finished(everything, RECIPE.model_copy(update={"epochs": 2, "patience": 3}))
    assert np.isnan(training.run.ticks[-1].stop_loss).all()
    assert (training.result().theta != training.initial.theta).any(dim=1).all()


def test_masks_are_predicted_block_by_block(monkeypatch) -> None:
    unet = MachineRecipe(kind="unet", filters=(4, 8), activation="relu", normalization="batch")
    members = MEMBERS[:2]
    training = finished(
        problem_of(members, masks=True), members=members, maker=maker_of(unet, outputs=3, task=Task.SEGMENTATION)
    )
    assert np.isfinite(training.run.ticks[-1].stop_loss).all()
    ensemble = ensemble_of(training, MASK, Task.SEGMENTATION)
    pixels, keep = digits()[0][:100], np.random.default_rng(0).random((2, 100)) < 0.7
    monkeypatch.setattr("isinglass.inference.member_outputs.PIXELS", 64 * 17)
    blocks = list(ensemble.segment(pixels, keep))
    assert [block.rows.stop for block in blocks] == [17, 34, 51, 68, 85, 100]
    told = np.concatenate([block.probabilities[0] for block in blocks])
    known = keep.any(axis=0)
    raw = training.report.plan.forward(training.final_state(), torch.from_numpy(pixels)).softmax(2).numpy()
    expected = (raw * keep[:, :, None, None, None]).sum(0)[known] / keep.sum(0)[known, None, None, None]
    np.testing.assert_allclose(told[known], expected, rtol=1e-4, atol=1e-6)
    assert np.isnan(told[~known]).all()
    noise = np.concatenate([block.noise for block in blocks])
    assert noise.shape == (100, 1, 8, 8)
    inner = np.concatenate([block.classes for block in blocks])[known][:, 0, 1:-1]
    assert (inner == np.digitize(pixels, (60, 180))[known][:, 0, 1:-1]).mean() > 0.75


def test_views_are_averaged(trained) -> None:
    pixels = digits()[0][:20]
    plain = ensemble_of(trained, DIGIT)
    both = replace(plain, views="flip").predict(pixels).probabilities
    sides = [plain.predict(np.ascontiguousarray(p)).probabilities for p in (pixels, pixels[..., ::-1])]
    np.testing.assert_allclose(both, (sides[0] + sides[1]) / 2, rtol=1e-5, atol=1e-7)
    assert replace(plain, views="shift").predict(pixels).probabilities.shape == (20, 10)


def test_a_stored_ensemble_answers_alike(trained, tmp_path: Path) -> None:
    recipe = Recipe(data=DataRecipe(source="digits"), machine=SMALL)
    ensemble = ensemble_of(trained, DIGIT)
    again = restore(store(ensemble), recipe, (), DIGIT, Task.CLASSIFICATION, spec=image_spec(1, 8, 8))
    pixels = digits()[0]
    np.testing.assert_array_equal(again.predict(pixels).probabilities, ensemble.predict(pixels).probabilities)
    np.testing.assert_array_equal(again.predict(pixels).members, ensemble.members(pixels))
