"""Normal noise on every value of an image."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from isinglass.data.augment.transform import Augmented, Draw, Request, Transform
from isinglass.tensors import on


@dataclass(frozen=True)
class Noise:
    """z + N(0, deviation^2), the deviation in units of the scaled inputs."""

    deviation: float

    def __call__(self, batch: Augmented, draw: Draw) -> Augmented:
        noise = torch.randn(batch.z.shape, generator=draw.generator("noise"), dtype=torch.float32)
        return replace(batch, z=batch.z + on(noise.mul_(self.deviation), batch.z.device).to(batch.z.dtype))


def build(request: Request) -> Transform | None:
    """`noise`."""
    return Noise(request.recipe.noise) if request.recipe.noise else None
