"""What a population says of the pixels of some images: probabilities of classes, and why they are not surer.

With p_k the probabilities of member k at a pixel, p their mean over members and the entropy H, for each mask:

    noise = 1/K sum H(p_k),     ignorance = H(p) - noise       (nats)

as for classes of whole samples (`inference.prediction`). The temperature of the calibration acts on p afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isinglass.objective.losses import Predictive

VOID = 255
TINY = 1e-12  # smallest probability whose logarithm is taken


@dataclass(frozen=True)
class Segmented:
    """Some neighbouring samples, predicted.

    Attributes:
        rows: which samples.
        probabilities: of each mask: float32 [sample, class, height, width]; NaN where no member may speak or there is
            no data.
        noise, ignorance: float32 [sample, head, height, width], nats.
        known: bool [sample, height, width], whether there is data; None: everywhere.
    """

    rows: slice
    probabilities: tuple[NDArray[np.float32], ...]
    noise: NDArray[np.float32]
    ignorance: NDArray[np.float32]

    known: NDArray[np.bool_] | None = None

    @property
    def classes(self) -> NDArray[np.uint8]:
        """The most probable class of each pixel: uint8 [sample, head, height, width]; 255 where there is no data."""
        found = np.stack([part.argmax(axis=1).astype(np.uint8) for part in self.probabilities], axis=1)
        return found if self.known is None else np.where(self.known[:, None], found, np.uint8(VOID))

    def within(self, known: NDArray[np.bool_]) -> Segmented:
        """The same, with nothing said where there is no data: bool [sample, height, width]."""
        parts = (*self.probabilities, self.noise, self.ignorance)
        *told, noise, ignorance = (np.where(known[:, None], part, np.float32(np.nan)) for part in parts)
        return replace(self, probabilities=tuple(told), noise=noise, ignorance=ignorance, known=known)


@torch.inference_mode()
def averaged(
    answers: Iterable[tuple[Tensor, Predictive]], rows: slice, *, classes: tuple[int, ...], temperature: float
) -> Segmented:
    """The mean over members.

    Args:
        answers: of each member, the samples of the block that it speaks of, int64 `[n]`, and its probabilities of
            them `[n, width, height, width]`, all masks' classes one after the other.
        rows: where the block lies.
        classes: of each mask.
        temperature: divides the logits of the mean.
    """
    total = noise = None
    count = torch.zeros(rows.stop - rows.start, 1, 1, 1)
    for places, told in answers:
        assert told.probabilities is not None
        p = told.probabilities.float()
        if total is None or noise is None:
            total = torch.zeros(len(count), *p.shape[1:])
            noise = torch.zeros(len(count), len(classes), *p.shape[2:])
        total[places] += p
        noise[places] += _entropy(p, classes)
        count[places] += 1
    assert total is not None
    assert noise is not None
    together, noise = total / count, noise / count
    ignorance = (_entropy(together, classes) - noise).clamp_min_(0.0)
    parts = tuple(_tempered(part, temperature).numpy() for part in together.split(classes, dim=1))
    return Segmented(rows, parts, noise.numpy(), ignorance.numpy())


def _entropy(p: Tensor, classes: tuple[int, ...]) -> Tensor:
    """`[sample, width, height, width]` -> `[sample, head, height, width]`."""
    return torch.stack([torch.special.entr(part).sum(dim=1) for part in p.split(classes, dim=1)], dim=1)


def _tempered(p: Tensor, temperature: float) -> Tensor:
    """softmax(log p / T) over classes."""
    return p if temperature == 1.0 else (p.clamp_min(TINY).log() / temperature).softmax(dim=1)
