"""What a random change of a batch of images is: a value that maps a batch to a batch, with all chance from a `Draw`."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from isinglass.data.hashing import key
from isinglass.recipe import AugmentRecipe
from isinglass.tensors import on

VOID = 255
"""Mask pixels of which nothing is known, such as those that come in from outside."""


@dataclass(frozen=True)
class Augmented:
    """A batch on its way to the machine.

    Attributes:
        z: float `[batch, channel, height, width]`, scaled: 0 is the mean of a channel, and fills what is new.
        target: `[batch, out]`, or masks uint8 `[batch, head, height, width]` with 255 where nothing counts.
        other: the targets of the images that were mixed in, or None.
        share: `[batch]` in [0, 1], how much of each image they are, or None:
            loss = (1 - share) loss(raw, target) + share loss(raw, other).
    """

    z: Tensor
    target: Tensor
    other: Tensor | None = None
    share: Tensor | None = None

    @property
    def masks(self) -> bool:
        """Whether the targets are masks, that move with their images."""
        return self.target.dim() == 4


@dataclass(frozen=True)
class Draw:
    """Where a step's chance comes from: a member's seed and the step, nothing else.

    Attributes:
        seed: of the member.
        step: of its training.
        rows: int64 `[batch]`, which samples these are; only alternating flips ask.
        epoch: the pass over the data that the step belongs to; only alternating flips ask.
    """

    seed: int
    step: int
    rows: Tensor | None = None
    epoch: int | None = None

    def numbers(self, name: str) -> np.random.Generator:
        """A generator for a few numbers a sample; each name has its own stream, so transforms do not disturb
        each other."""
        return np.random.Generator(np.random.SFC64(self._key(name)))

    def generator(self, name: str) -> torch.Generator:
        """A generator for numbers a pixel; in main memory, so that they are the same on every device."""
        return torch.Generator().manual_seed(self._key(name) >> 1)

    def _key(self, name: str) -> int:
        return int(key(self.seed, self.step, zlib.crc32(name.encode())))


@dataclass(frozen=True)
class Request:
    """What a transform is made of: the recipe's table and the images' (channel, height, width)."""

    recipe: AugmentRecipe
    image: tuple[int, int, int]

    @property
    def translation(self) -> int:
        """The largest shift, pixels; "auto" is a sixteenth of the width."""
        asked = self.recipe.translation
        return self.image[2] // 16 if isinstance(asked, str) else asked


Transform = Callable[[Augmented, Draw], Augmented]
"""Returns new tensors, never changes what it is given; no change at strength 0."""

Maker = Callable[[Request], Transform | None]
"""Reads its own keys of the recipe: None where they are off. Raises RecipeError where they do not fit the images."""


def column(values: np.ndarray, like: Tensor) -> Tensor:
    """One number a sample `[batch]`, in the type and on the device of `like`, shaped to multiply images."""
    return there(np.ascontiguousarray(values), like).to(like.dtype).view(-1, 1, 1, 1)


def there(values: np.ndarray, like: Tensor) -> Tensor:
    """Drawn values as a tensor on the device of `like`, which does not wait for them."""
    return on(torch.from_numpy(values), like.device)
