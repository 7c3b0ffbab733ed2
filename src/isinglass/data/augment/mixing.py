"""Mixtures of two images of the batch and of their targets.

Mixup (Zhang et al. 2018, arXiv:1710.09412): z = (1 - share) z + share z', share ~ Beta(alpha, alpha) for each image.
Cutmix (Yun et al. 2019, arXiv:1905.04899): a box of the other image, of that area and with the image's proportions,
takes the place of this one's; share is the part that lies inside. Masks are pasted with it, and nothing is shared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from isinglass.data.augment.cutout import boxes
from isinglass.data.augment.transform import Augmented, Draw, Request, Transform, column, there


@dataclass(frozen=True)
class Mixup:
    """Two images one over the other; alpha of the beta distribution, small for faint mixtures."""

    alpha: float

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        numbers, z = draw.numbers("mixup"), batch.z
        partner = there(numbers.permutation(len(z)), z)
        share = column(numbers.beta(self.alpha, self.alpha, len(z)), z)
        return replace(batch, z=torch.lerp(z, z[partner], share), other=batch.target[partner], share=share.flatten())


@dataclass(frozen=True)
class Cutmix:
    """A box of one image inside another; alpha of the beta distribution of its area."""

    alpha: float

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        numbers, z = draw.numbers("cutmix"), batch.z
        partner = there(numbers.permutation(len(z)), z)
        size = np.array(z.shape[2:])[:, None]
        side = np.sqrt(numbers.beta(self.alpha, self.alpha, len(z))) * size
        box = boxes(numbers.uniform(0, size, (2, len(z))), side, z)
        mixed = torch.where(box, z[partner], z)
        if batch.masks:
            return replace(batch, z=mixed, target=torch.where(box, batch.target[partner], batch.target))
        return replace(batch, z=mixed, other=batch.target[partner], share=box.to(z.dtype).mean((1, 2, 3)))


@dataclass(frozen=True)
class Either:
    """One of two mixtures at each step, by the toss of a coin."""

    first: Transform
    second: Transform

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        return (self.first if draw.numbers("either").random() < 0.5 else self.second)(batch, draw)


def build_mixup(request: Request) -> Transform | None:
    """`mixup`; where `cutmix` is on as well, one of them at each step."""
    mixup, cutmix = request.recipe.mixup, request.recipe.cutmix
    if not mixup:
        return None
    return Either(Mixup(mixup), Cutmix(cutmix)) if cutmix else Mixup(mixup)


def build_cutmix(request: Request) -> Transform | None:
    """`cutmix`, where `mixup` is not on."""
    return Cutmix(request.recipe.cutmix) if request.recipe.cutmix and not request.recipe.mixup else None
