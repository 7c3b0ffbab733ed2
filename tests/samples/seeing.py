"""Networks of images whose weights are written by hand: two of them tell a lying bar from a standing one."""

from __future__ import annotations

import numpy as np
import torch

from isinglass.inference.calibration import Calibration
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.storage import Stored, restore
from isinglass.machine import build
from isinglass.recipe import Recipe
from isinglass.spec import Column, Kind, Shape, Task, image_spec

IMAGE = (1, 16, 16)
CENTER, SCALE = 40.0, 0.02
BARS = ("lying", "standing")


def bar(kind: str, row: int = 8, column: int = 8, *, seed: int = 0) -> np.ndarray:
    """uint8 [1, 16, 16]: a bar of five pixels around (row, column) on noise."""
    pixels = np.random.default_rng(seed).integers(20, 60, size=IMAGE)
    if kind == "lying":
        pixels[0, row, column - 2 : column + 3] = 250
    else:
        pixels[0, row - 2 : row + 3, column] = 250
    return pixels.astype(np.uint8)


def kernels() -> np.ndarray:
    """[filter, channel, 5, 5]: a bar minus what lies around it."""
    lying = np.full((5, 5), -0.1)
    lying[2] = 0.4
    return np.stack([lying, lying.T])[:, None]


def bars(*, members: int = 2) -> Ensemble:
    """A convolution with both kernels, ReLU, pooling, and for each class its own map less a part of the other; members
    differ by two percent."""
    recipe = Recipe.from_dict(
        {
            "data": {"source": "none"},
            "machine": {
                "kind": "cnn",
                "filters": [2],
                "hidden": [],
                "activation": "relu",
                "normalization": "none",
                "dropout": 0.0,
                "options": {"kernel": 5},
            },
            "objective": {"loss": "cross_entropy"},
        }
    )
    targets = (Column("bar", Kind.CATEGORICAL, "", BARS),)
    machine = build(recipe.machine, Shape(256, 2, spec=image_spec(*IMAGE)), seed=0, task=Task.CLASSIFICATION)
    written = dict(machine.named_parameters())
    with torch.no_grad():
        written["features.0.weight"].copy_(torch.from_numpy(kernels()))
        written["features.0.bias"].fill_(-0.8)
        head = torch.zeros(2, 2, 64)
        head[0, 0], head[1, 1] = 0.5, 0.5
        head[0, 1], head[1, 0] = -0.2, -0.2
        written["classifier.0.weight"].copy_(head.flatten(1))
        written["classifier.0.bias"].zero_()
    theta = torch.cat([value.detach().flatten() for value in machine.parameters()]).numpy()
    random = np.random.default_rng(0)
    arrays = {
        "theta": np.stack([theta * (1 + 0.02 * random.normal(size=theta.shape)) for _ in range(members)]),
        "seeds": np.arange(members),
        "fold": np.zeros(members, dtype=np.int64),
        "center": np.full((members, 1), CENTER),
        "scale": np.full((members, 1), SCALE),
        "clip": np.zeros(1, dtype=bool),
        "target_center": np.zeros((members, 1)),
        "target_scale": np.ones((members, 1)),
        "noise_floor": np.zeros(1),
    }
    arrays = {name: a.astype(np.float32) if a.dtype == np.float64 else a for name, a in arrays.items()}
    document = {"calibration": Calibration().to_json(), "novelty_unit": None, "width": 2}
    return restore(Stored(document, arrays), recipe, [], targets, Task.CLASSIFICATION, spec=image_spec(*IMAGE))
