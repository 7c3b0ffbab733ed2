"""What cameras and sensors do to inputs: noise, blur, weak contrast, a shift. Values of images lie in 0..1.

Reference: Hendrycks & Dietterich (2019), Benchmarking neural network robustness to common corruptions and
perturbations, arXiv:1903.12261.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad


@dataclass(frozen=True)
class Corruption:
    """function: `(x [sample, ...], strength, generator) -> x`; strengths: from weak to strong; unit: theirs."""

    function: Callable[[Tensor, float, torch.Generator], Tensor]
    strengths: tuple[float, ...]
    unit: str


def noise(x: Tensor, strength: float, random: torch.Generator) -> Tensor:
    """x + N(0, strength^2)."""
    return x + strength * torch.randn(x.shape, generator=random, dtype=x.dtype)


def blur(x: Tensor, strength: float, random: torch.Generator) -> Tensor:
    """Convolved with a Gaussian of `strength` pixels; edges are repeated."""
    reach = max(1, round(3 * strength))
    place = torch.arange(-reach, reach + 1, dtype=x.dtype)
    weight = torch.exp(-(place**2) / (2 * strength**2))
    weight = (weight / weight.sum()).expand(x.shape[1], 1, 1, -1)
    for kernel, padding in ((weight, (reach, reach, 0, 0)), (weight.transpose(2, 3), (0, 0, reach, reach))):
        x = conv2d(pad(x, padding, mode="replicate"), kernel, groups=x.shape[1])
    return x


def contrast(x: Tensor, strength: float, random: torch.Generator) -> Tensor:
    """mean + strength (x - mean), with the mean of each image."""
    mean = x.mean(dim=tuple(range(1, x.dim())), keepdim=True)
    return mean + strength * (x - mean)


def shift(x: Tensor, strength: float, random: torch.Generator) -> Tensor:
    """Moved by `strength` pixels along a random one of eight directions; edges are repeated."""
    reach = round(strength)
    padded = pad(x, (reach, reach, reach, reach), mode="replicate")
    moves = [(down, right) for down in (0, 1, 2) for right in (0, 1, 2) if (down, right) != (1, 1)]
    chosen = torch.randint(len(moves), (len(x),), generator=random).tolist()
    height, width = x.shape[2:]
    parts = []
    for image, which in zip(padded, chosen, strict=True):
        down, right = (reach * step for step in moves[which])
        parts.append(image[:, down : down + height, right : right + width])
    return torch.stack(parts)


CORRUPTIONS: dict[str, Corruption] = {
    "noise": Corruption(noise, (0.02, 0.05, 0.1, 0.2, 0.3), "standard deviation"),
    "blur": Corruption(blur, (0.5, 0.75, 1.0, 1.5, 2.0), "pixels"),
    "contrast": Corruption(contrast, (0.8, 0.6, 0.4, 0.2, 0.1), "part that is left"),
    "shift": Corruption(shift, (1.0, 2.0, 3.0, 4.0, 6.0), "pixels"),
}
