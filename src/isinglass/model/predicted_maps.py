"""What `Model.predict` hands back of masks: an answer at every place of each sample."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from isinglass.data.rows import Asked
from isinglass.inference.ensemble import Ensemble
from isinglass.inference.maps import Segmented
from isinglass.spec import Column, Task


class MapPrediction:
    """Predictions of `sample` maps. Iterated over, it says a few samples at a time, `(names, block)`, and keeps none of
    them: for images that do not fit into memory together. Its attributes hold all samples at once.

    Classes are places in the `categories` of each target. Where no member may speak or there is no data,
    `probabilities` are NaN and `classes` 255.

    Args:
        ensemble: of the networks.
        asked: the samples.
    """

    def __init__(self, ensemble: Ensemble, asked: Asked) -> None:
        self.ensemble, self.asked = ensemble, asked
        count = len(asked.inputs)
        self.names = np.arange(1, count + 1).astype(str) if asked.names is None else asked.names

    def __len__(self) -> int:
        return len(self.asked.inputs)

    def __iter__(self) -> Iterator[tuple[np.ndarray, Segmented]]:
        """The names of some samples, and what is said of them."""
        known = self.asked.known
        for found in self.ensemble.segment(self.asked.inputs):
            yield self.names[found.rows], found if known is None else found.within(known[found.rows])

    @property
    def task(self) -> Task:
        """What was predicted."""
        return self.ensemble.task

    @property
    def targets(self) -> tuple[Column, ...]:
        """The target columns, one a mask."""
        return self.ensemble.targets

    @property
    def notes(self) -> tuple[str, ...]:
        """What one should know of these samples before one trusts their predictions."""
        return self.asked.notes

    @property
    def classes(self) -> NDArray[np.uint8]:
        """The most probable class of each pixel: uint8 [sample, head, height, width]."""
        return self._whole.classes

    @property
    def probabilities(self) -> tuple[NDArray[np.float32], ...]:
        """Of each mask: float32 [sample, class, height, width]."""
        return self._whole.probabilities

    @property
    def noise(self) -> NDArray[np.float32]:
        """What the inputs do not tell: float32 [sample, head, height, width], nats."""
        return self._whole.noise

    @property
    def ignorance(self) -> NDArray[np.float32]:
        """What the members disagree on, shaped as `noise`."""
        return self._whole.ignorance

    @cached_property
    def _whole(self) -> Segmented:
        blocks = [found for _, found in self]
        heads = zip(*(block.probabilities for block in blocks), strict=True)
        return Segmented(
            slice(0, len(self)),
            tuple(np.concatenate(parts) for parts in heads),
            np.concatenate([block.noise for block in blocks]),
            np.concatenate([block.ignorance for block in blocks]),
            self.asked.known,
        )
