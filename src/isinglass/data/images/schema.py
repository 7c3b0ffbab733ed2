"""What the images of a study are: size, channels, depth, and what is predicted of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import ClassVar, Literal

from isinglass.data.schema import DataSchema
from isinglass.spec import MAP, Column, Feature, Spec, Task, image_spec

Form = Literal["numbers", "shades", "rgb", "rgba", "alpha"]
"""How a mask is read: its numbers (or places in its palette), its shades of grey, its colours, or its opacity."""


DEPTHS = {"uint8": 255.0, "uint16": 65535.0}
"""The largest whole number of a depth."""


@dataclass(frozen=True)
class Coding:
    """What the values of masks mean.

    Args:
        codes: the value of each class, in the form.
        void: the value of pixels that do not count; -1: none.
        form: how masks are read.
        nearest: each value is taken for the nearest class.
        stray: values of no class do not count; else they are an error.
    """

    codes: tuple[int, ...]
    void: int = -1
    form: Form = "numbers"
    nearest: bool = False
    stray: bool = False


@dataclass(frozen=True)
class ImageSchema(DataSchema):
    """The counterpart of `Schema` for images.

    Args:
        channels: a name for each, as ("red", "green", "blue").
        height, width: pixels, the same for all images of the study.
        depth: of one value: "uint8", "uint16" or "float32".
        targets: one column for a class, several for numbers, or one a head for masks; the classes are its
            `categories`.
        task: what is predicted.
        read: how files are read: "grey", "rgb" or "all" channels.
        void: the value of mask pixels that do not count, where there is no `coding`; in memory they are 255.
        native: whether all images were taken in their own size: a pixel of another image then means as much.
        coding: what the values of masks mean; None: 0, 1, 2 ... are the classes (model files of version 0.1).
    """

    channels: tuple[str, ...]
    height: int
    width: int
    depth: str
    targets: tuple[Column, ...]
    task: Task
    read: str = "all"
    void: int = 255
    native: bool = False
    coding: Coding | None = None

    kind: ClassVar[str] = "image"
    columns: ClassVar[tuple[Column, ...]] = ()
    """Images have no columns and no features of a table."""
    features: ClassVar[tuple[Feature, ...]] = ()
    cardinalities: ClassVar[tuple[int, ...]] = ()

    @property
    def image(self) -> tuple[int, int, int]:
        """(channel, height, width)."""
        return len(self.channels), self.height, self.width

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the first target."""
        return self.targets[0].categories

    @property
    def spec(self) -> Spec:
        """Channel, height, width."""
        return image_spec(*self.image, names=self.channels)

    @property
    def over(self) -> tuple[str, ...]:
        """Of masks (height, width)."""
        return MAP if self.task is Task.SEGMENTATION else ()

    @property
    def answers(self) -> int:
        """Targets; for classes and masks the classes of all of them together."""
        counted = self.task.exclusive
        return sum(len(target.categories) for target in self.targets) if counted else len(self.targets)

    def to_json(self) -> str:
        """For fingerprints."""
        return json.dumps(asdict(self), sort_keys=True)
