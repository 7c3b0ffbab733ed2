"""Many scenes as arrays, with the parts for training and test and the meaning of channels and masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.data.images.schema import ImageSchema
from isinglass.data.synthetic.ice_charts.channels import CHANNELS
from isinglass.data.synthetic.ice_charts.scene import make_scene
from isinglass.data.synthetic.ice_charts.sigrid import HEADS
from isinglass.spec import Column, Kind, Task

SCENES, SIZE = 32, 64
TRAINED = 0.75
"""Part of the scenes that is for training; the others are the test part."""


@dataclass(frozen=True)
class Charts:
    """Scenes as arrays: `inputs` float32 [sample, channel, height, width], `masks` uint8 [sample, 3, height, width],
    `truth` uint8 [sample, height, width], `part` "train" or "test" [sample], `files` their names."""

    inputs: np.ndarray
    masks: np.ndarray
    truth: np.ndarray
    part: np.ndarray
    files: np.ndarray
    schema: ImageSchema


def make_charts(*, scenes: int = SCENES, size: int = SIZE, seed: int = 0) -> Charts:
    """Scenes of `size` x `size` pixels; the last quarter is the test part.

    A scene depends on the seed, its number and the size alone: more scenes leave the first ones as they were.
    """
    made = [make_scene(size, seed=(seed, number)) for number in range(scenes)]
    return Charts(
        inputs=np.stack([scene.inputs for scene in made]),
        masks=np.stack([scene.masks for scene in made]),
        truth=np.stack([scene.truth for scene in made]),
        part=np.where(np.arange(scenes) < round(TRAINED * scenes), "train", "test"),
        files=np.array([f"generated scene {number + 1}" for number in range(scenes)]),
        schema=schema_of(size, size),
    )


def schema_of(height: int, width: int) -> ImageSchema:
    """What the channels and masks of such scenes mean."""
    targets = tuple(Column(head, Kind.CATEGORICAL, categories=classes) for head, classes in HEADS.items())
    return ImageSchema(tuple(CHANNELS), height, width, "float32", targets, Task.SEGMENTATION, native=True)
