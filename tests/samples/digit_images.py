"""Digits of 8x8 pixels (scikit-learn's, real handwriting) as a problem for networks of images."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from isinglass.learning.members import Member
from isinglass.learning.population import Maker
from isinglass.learning.problem import Problem
from isinglass.learning.rows import Rows
from isinglass.learning.view import View
from isinglass.machine import build
from isinglass.objective.losses import LOSSES
from isinglass.objective.losses.segmentation import pixel_cross_entropy_loss
from isinglass.objective.objective import Objective
from isinglass.recipe import MachineRecipe
from isinglass.spec import Role, Shape, Task, image_spec

SAMPLES, IMAGE = 400, (1, 8, 8)
SMALL = MachineRecipe(kind="cnn", filters=(8, 16), hidden=(32,), activation="relu", normalization="batch", dropout=0.1)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """uint8 [sample, 1, 8, 8] and their classes [sample, 1]."""
    images, labels = load_digits(return_X_y=True)
    pixels = (images[:SAMPLES].reshape(-1, *IMAGE) * 15).astype(np.uint8)
    return pixels, labels[:SAMPLES, None].astype(np.float64)


def problem_of(members: tuple[Member, ...], *, masks: bool = False, inputs: Tensor | None = None) -> Problem:
    """Each member has its own bag and scaling. Masks: the darkest, middle and brightest pixels; the border is void."""
    pixels, labels = digits()
    targets = torch.from_numpy(labels)
    if masks:
        found = np.digitize(pixels, (60, 180)).astype(np.uint8)
        found[:, :, 0], found[:, :, -1] = 255, 255
        targets = torch.from_numpy(found)
    bags = [np.random.default_rng(member.seed) for member in members]
    role = np.stack([bag.choice([Role.TRAIN] * 7 + [Role.STOP, Role.OUT, Role.OUT], SAMPLES) for bag in bags])
    count = len(members)
    return Problem(
        rows=Rows(
            inputs=torch.from_numpy(pixels) if inputs is None else inputs,
            targets=targets,
            weights=torch.ones(SAMPLES, dtype=torch.float64),
            role=torch.from_numpy(role.astype(np.int8)),
            nominal=280,
        ),
        view=View(
            center=torch.tensor([[70.0 + member.number] for member in members]),
            scale=torch.full((count, 1), 1 / 90),
            clip=torch.zeros(1, dtype=torch.bool),
            target_center=torch.zeros(count, 1),
            target_scale=torch.ones(count, 1),
            spec=image_spec(*IMAGE),
        ),
        objective=Objective(pixel_cross_entropy_loss((3,)) if masks else LOSSES["cross_entropy"]),
    )


def maker_of(recipe: MachineRecipe = SMALL, *, outputs: int = 10, task: Task = Task.CLASSIFICATION) -> Maker:
    """Makes networks from seeds."""
    return lambda seed: build(recipe, Shape(64, outputs, spec=image_spec(*IMAGE)), seed=seed, task=task)
