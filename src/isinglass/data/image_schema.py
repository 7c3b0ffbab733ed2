"""What the images of a study are: size, channels, depth, and what is predicted of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from isinglass.types import Column, Feature, Task


@dataclass(frozen=True)
class ImageSchema:
    """The counterpart of `Schema` for images.

    Args:
        channels: a name for each, as ("red", "green", "blue").
        height, width: pixels, the same for all images of the study.
        depth: of one value: "uint8", "uint16" or "float32".
        targets: one column for a class, several for numbers, or one a head for masks; the classes are its
            `categories`.
        task: what is predicted.
        read: how files are read: "grey", "rgb" or "all" channels.
        void: the value of mask pixels that do not count; in memory they are 255.
        native: whether all images were taken in their own size: a pixel of another image then means as much.
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
    def outputs(self) -> int:
        """Targets; for classes and masks the classes of all of them together."""
        counted = self.task in (Task.CLASSIFICATION, Task.SEGMENTATION)
        return sum(len(target.categories) for target in self.targets) if counted else len(self.targets)

    def to_json(self) -> str:
        """For fingerprints."""
        return json.dumps(asdict(self), sort_keys=True)
