"""Networks of small images that learn on the processor and on the practice device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from digit_images import maker_of, problem_of
from practice import KIND

from isinglass.data import augment
from isinglass.learning.members import product
from isinglass.learning.problem import Problem
from isinglass.learning.train import train
from isinglass.learning.training import Training
from isinglass.recipe import AugmentRecipe, LearningRecipe, OptimizerRecipe

RECIPE = LearningRecipe(
    epochs=2, batch=64, patience="never", optimizer=OptimizerRecipe(kind="adam", rate=1e-2), threads=1,
    precision="float32", device="cpu",
)  # fmt: skip
MEMBERS = product(folds=1, members=2, seed=5)
ALL = augment.build(
    AugmentRecipe(
        flip="alternating", translation=1, rotation=10, zoom=0.1, cutout=2, noise=0.1, mixup=0.3, cutmix=0.3,
        brightness=0.1, contrast=0.1,
    ),
    (1, 8, 8),
)  # fmt: skip
VARIANTS = {
    "every augmentation": {"data": {"augment": ALL}},
    "adversarial": {"learning": {"adversarial": 0.05}},
    "running mean and slow weights": {"learning": {"average": 0.9, "lookahead": 3, "snapshots": 2}},
    "muon, rates by stage": {"learning": {"optimizer": OptimizerRecipe(kind="muon", rate=0.01), "layer_decay": 0.7}},
    "clipped, with decay": {"learning": {"clip": 0.5, "optimizer": OptimizerRecipe(kind="sgd", weight_decay=0.01)}},
    "stopped early": {"learning": {"patience": 1, "epochs": 4}},
}


def training_of(device: str, problem: Problem | None = None, **options) -> Training:
    changes = options.pop("learning", {})
    problem = problem or problem_of(MEMBERS)
    problem = replace(problem, rows=replace(problem.rows, **options.pop("data", {})))
    recipe = RECIPE.model_copy(update={"device": device, **changes})
    return train(problem, options.pop("maker", maker_of()), MEMBERS, recipe, **options)


def finished(training: Training) -> Training:
    for _ in training:
        pass
    return training


def assert_same(found: Training, expected: Training, *, atol: float = 1e-5) -> None:
    assert found.devices == (f"{KIND}:0",)
    here, there = expected.team(), found.team()
    torch.testing.assert_close(there.theta, here.theta, rtol=1e-4, atol=atol)
    for name, buffer in here.buffers.items():
        torch.testing.assert_close(there.buffers[name], buffer, rtol=1e-4, atol=atol)
    for mine, theirs in zip(expected.run.ticks, found.run.ticks, strict=True):
        np.testing.assert_allclose(theirs.stop_loss, mine.stop_loss, rtol=1e-4 + 10 * atol)
