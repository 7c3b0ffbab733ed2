"""What the members say becomes one answer: the mean of their distributions, its noise and their disagreement apart.

Of numbers, with K members that say mu_k and sigma_k (law of total variance):

    mean = 1/K sum mu_k,    noise^2 = 1/K sum sigma_k^2,    ignorance^2 = (1 + 1/K) / (K - 1) sum (mu_k - mean)^2

Of classes, with the entropy H in nats: noise = 1/K sum H(p_k), ignorance = H(mean p_k) - noise. Where a temperature
changes the mean's entropy, both change in proportion: together they are the entropy of what is told.

Reference: Lakshminarayanan, Pritzel and Blundell (2017), arXiv:1612.01474; Depeweg et al. (2018), arXiv:1710.07283.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from isinglass.spec import Task

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]


def shares(keep: Mask | None) -> Tensor | None:
    """Weights [member, sample, 1] that sum to 1 over the members that may speak; NaN where nobody may."""
    if keep is None:
        return None
    allowed = torch.from_numpy(np.ascontiguousarray(keep)).double()
    return (allowed / allowed.sum(dim=0))[..., None]


def _average(values: Tensor, weight: Tensor | None) -> Tensor:
    """Over members: [member, sample, ...] -> [sample, ...]."""
    return values.mean(dim=0) if weight is None else (weight * values).sum(dim=0)


def of_numbers(
    mean: Tensor, variance: Tensor | None, weight: Tensor | None, floor: Tensor
) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, noise, ignorance [sample, out] of members' means and variances [member, sample, out]; no probabilities.

    `floor` [out] is the standard deviation that each member's noise has besides.
    """
    center = _average(mean, weight)
    members = torch.tensor(float(len(mean))) if weight is None else (weight > 0).sum(dim=0).double()
    # 1/(K-1) sum (mu_k - mu)^2, and (1 + 1/K) because mu itself comes from K members only.
    unbiased = (members + 1.0) / (members - 1.0).clamp_min(1.0)
    ignorance = (_average((mean - center).square_(), weight) * unbiased).sqrt_()
    noise2 = floor**2 if variance is None else _average(variance, weight).add_(floor**2)
    nothing = np.empty((len(center), 0))
    return center.numpy(), noise2.sqrt().expand_as(center).numpy(), ignorance.numpy(), nothing


def of_classes(probabilities: Tensor, weight: Tensor | None, task: Task) -> tuple[Floats, Floats, Floats, Floats]:
    """Class or labels, noise and ignorance (nats), probabilities, of members' [member, sample, class or label]."""
    together = _average(probabilities, weight)
    several = task is Task.MULTILABEL
    noise = _average(_entropy(probabilities, binary=several), weight)
    ignorance = (_entropy(together, binary=several) - noise).clamp_min(0.0)
    mean = (together >= 0.5).double() if several else together.argmax(dim=-1, keepdim=True).double()
    return mean.numpy(), noise.numpy(), ignorance.numpy(), together.numpy()


def of_mixture(together: Floats, noise: Floats, task: Task) -> tuple[Floats, Floats, Floats, Floats]:
    """As `of_classes`, of mixed probabilities [sample, class or label] and the mean entropy of what was mixed."""
    several = task is Task.MULTILABEL
    total = _entropy(torch.from_numpy(np.ascontiguousarray(together)), binary=several).numpy()
    best = (together >= 0.5) if several else together.argmax(axis=1)[:, None]
    return best.astype(np.float64), noise, np.maximum(total - noise, 0.0), together


def warmed(before: Floats, after: Floats, task: Task) -> Floats:
    """How many times the entropy a temperature has made of it: [sample, 1] or, of labels, [sample, label]."""
    old, new = (entropy_of(probabilities, binary=task is Task.MULTILABEL) for probabilities in (before, after))
    return np.divide(new, old, out=np.ones_like(new), where=old > 0)


def entropy_of(probabilities: Floats, *, binary: bool) -> Floats:
    """The entropy in nats: of each label by itself [..., label], or of the distribution over classes [..., 1]."""
    return _entropy(torch.from_numpy(np.ascontiguousarray(probabilities)), binary=binary).numpy()


def _entropy(p: Tensor, *, binary: bool) -> Tensor:
    """In nats: of each label by itself [..., out], or of the distribution over classes [..., 1]."""
    if binary:
        return torch.special.entr(p) + torch.special.entr(1 - p)
    return torch.special.entr(p).sum(dim=-1, keepdim=True)
