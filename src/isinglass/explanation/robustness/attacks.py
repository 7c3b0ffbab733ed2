"""Small changes of the inputs that flip an answer, found by the gradient.

With the loss l(x) = -log p_y(x), p the mean probability of an ensemble and y its own answer:

    fgsm        x' = clip(x + e sign(dl/dx))
    pgd         x_0 = clip(x + U(-e, e)),   x_(i+1) = clip_e(x_i + a sign(dl/dx)),   a = 2.5 e / steps
    smallest    the smallest e found, by bisection, for which pgd flips the answer on its way

clip keeps every value where values may be, clip_e also within e of x: the size e is the largest change of any value.
What is found is an upper bound: a smaller change may exist.

References: Goodfellow, Shlens & Szegedy (2015), Explaining and harnessing adversarial examples, arXiv:1412.6572; Madry
et al. (2018), Towards deep learning models resistant to adversarial attacks, arXiv:1706.06083.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS = 20
HALVINGS = 10
TINY = 1e-300

Answer = Callable[[Tensor], Tensor]
"""Inputs [sample, ...] -> probabilities [sample, class], differentiable."""


@dataclass(frozen=True)
class Space:
    """Where a changed input may lie.

    Args:
        answer: of the ensemble.
        low, high: of every value; infinite where there is no end.
        free: which values may be changed, broadcasts with an input; None: all.
    """

    answer: Answer
    low: float = 0.0
    high: float = 1.0
    free: Tensor | None = None

    def slope(self, x: Tensor, label: Tensor) -> Tensor:
        """sign(dl/dx), 0 where values may not change."""
        with torch.enable_grad():
            leaf = x.detach().requires_grad_()
            loss = -self.answer(leaf).gather(1, label[:, None]).clamp_min(TINY).log().sum()
            (gradient,) = torch.autograd.grad(loss, leaf)
        sign = gradient.sign()
        return sign if self.free is None else sign * self.free

    def near(self, x: Tensor, origin: Tensor, size: Tensor | float) -> Tensor:
        """The nearest point to x that is allowed and within `size` of the origin."""
        return torch.minimum(torch.maximum(x, origin - size), origin + size).clamp(self.low, self.high)

    @torch.no_grad()
    def labels(self, x: Tensor) -> Tensor:
        """The answer: int64 [sample]."""
        return self.answer(x).argmax(dim=1)


@dataclass(frozen=True)
class Attack:
    """What an attack made of inputs.

    changed: [sample, ...]; size: [sample] the largest change of a value; flipped: bool [sample].
    """

    changed: Tensor
    size: Tensor
    flipped: Tensor


def fgsm(space: Space, x: Tensor, label: Tensor, *, size: float, seed: int = 0) -> Attack:
    """One step of the size along the sign of the gradient; `seed` is not used."""
    return _told(space, x, label, space.near(x + size * space.slope(x, label), x, size))


def pgd(space: Space, x: Tensor, label: Tensor, *, size: float, seed: int = 0, steps: int = STEPS) -> Attack:
    """Many steps from a random start, projected on the cube of the size after each; the last point counts."""
    start = _start(space, x, size, seed)
    return _told(space, x, label, _walk(space, x, label, torch.full((len(x),), size, dtype=x.dtype), start, steps))


def smallest(
    space: Space, x: Tensor, label: Tensor, *, size: float, seed: int = 0, steps: int = STEPS, halvings: int = HALVINGS
) -> Attack:
    """The smallest flip found, of at most `size`; where none is found the largest change that was tried."""
    trial = pgd(space, x, label, size=size, seed=seed, steps=steps)
    low, high, best = torch.zeros(len(x), dtype=x.dtype), trial.size.clone(), trial.changed
    for _ in range(halvings):
        middle = (low + high) / 2
        found = _walk(space, x, label, middle, x, steps, keep=True)
        flipped = (space.labels(found) != label) & trial.flipped
        best = torch.where(_each(flipped, x), found, best)
        high, low = torch.where(flipped, _size(found, x), high), torch.where(flipped, low, middle)
    return _told(space, x, label, best)


ATTACKS: dict[str, Callable[..., Attack]] = {"smallest": smallest, "fgsm": fgsm, "pgd": pgd}
"""`attack(space, x, label, size=, seed=) -> Attack`."""


def _start(space: Space, x: Tensor, size: float, seed: int) -> Tensor:
    noise = torch.rand(x.shape, generator=torch.Generator().manual_seed(seed), dtype=x.dtype)
    away = (2 * noise - 1) * size
    return space.near(x + (away if space.free is None else away * space.free), x, size)


def _walk(
    space: Space, x: Tensor, label: Tensor, size: Tensor, at: Tensor, steps: int, *, keep: bool = False
) -> Tensor:
    """`steps` steps of 2.5 size / steps; with `keep` a sample stays where it first is flipped."""
    reach = _each(size, x)
    for _ in range(steps):
        further = space.near(at + 2.5 / steps * reach * space.slope(at, label), x, reach)
        at = torch.where(_each(space.labels(at) != label, x), at, further) if keep else further
    return at


def _told(space: Space, x: Tensor, label: Tensor, changed: Tensor) -> Attack:
    return Attack(changed, _size(changed, x), space.labels(changed) != label)


def _size(changed: Tensor, x: Tensor) -> Tensor:
    return (changed - x).abs().flatten(1).amax(dim=1)


def _each(values: Tensor, like: Tensor) -> Tensor:
    return values.reshape(-1, *[1] * (like.dim() - 1))
