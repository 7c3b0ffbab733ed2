"""A window of each image, at a random place: the patches of scenes that are larger than a network learns from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from isinglass.data.augment.crop import cut
from isinglass.data.augment.transform import Augmented, Draw, there


@dataclass(frozen=True)
class Patch:
    """Each image, and its mask, is replaced by its own window of `size`: (height, width), every place as likely."""

    size: tuple[int, int]

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        random, free = draw.numbers("patch"), np.subtract(batch.z.shape[2:], self.size)
        top, left = (there(random.integers(0, n + 1, len(batch.z)), batch.z) for n in free)

        def window(images: Tensor) -> Tensor:
            return cut(images, top, left, self.size)

        return replace(batch, z=window(batch.z), target=window(batch.target) if batch.masks else batch.target)
