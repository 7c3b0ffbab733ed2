"""What a network's last hidden layer has seen: how far a new row lies from it, and outside the space that it spans.

The layer h(x) is what the last layer with weights is given; of maps of pixels their mean. With the mean and the leading
right singular vectors V of training rows, as many as hold 97.5 % of the variance,

    p = V^T (h - mean),     distance = d_k(p) / q,     reconstruction = |h - mean - V p| / r,

with d_k the distance to the k-th nearest training row in p, and q and r what one in fifty (`LEVEL`) of the rows exceeds
that the member never saw.

Reference: Wagstaff & Lee (2018), Interpretable discovery in large image data sets, arXiv:1806.08340 (reconstruction
by a singular value decomposition); McGovern et al. (2019), doi 10.1175/BAMS-D-18-0195.1 (97.5 %).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from isinglass.inference.novelty.level import quantile
from isinglass.inference.novelty.neighbours import NEIGHBOURS, kth_distance

VARIANCE = 0.975
ROUNDING = 1e-3
"""Of the layer's spread: less is left over by modes that span all of it, and is no reconstruction error."""
LEAST = 1e-9

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Hidden:
    """One member's layer.

    member: its place in the ensemble; center: [unit]; modes: [mode, unit], orthonormal; rows: training rows
    [row, mode]; distance, residual: what counts as 1.
    """

    member: int
    center: Floats
    modes: Floats
    rows: Floats
    distance: float = 1.0
    residual: float = 1.0

    @staticmethod
    def fit(member: int, learnt: Floats, unseen: Floats) -> Hidden:
        """From the layer of rows that the member learnt from and of rows that it never saw: [row, unit] each."""
        center = learnt.mean(axis=0)
        _, values, vectors = np.linalg.svd(learnt - center, full_matrices=False)
        share = np.cumsum(values**2) / max(float((values**2).sum()), LEAST)
        modes = vectors[: int(np.searchsorted(share, VARIANCE)) + 1]
        blank = Hidden(member, center, modes, (learnt - center) @ modes.T)
        distance, residual = (quantile(part) for part in blank.score(unseen))
        residual = max(residual, ROUNDING * float(np.sqrt((values**2).sum() / max(len(learnt), 1))))
        return Hidden(member, center, modes, blank.rows, distance, residual)

    def left_out(self, learnt: Floats, parts: int) -> tuple[Floats, Floats]:
        """The scores [row] of rows that the member learnt from, each held against the others: some are left out of
        the modes and of the neighbours in turn."""
        part = np.arange(len(learnt)) % min(parts, len(learnt))
        told = np.full((2, len(learnt)), np.nan)
        for one in range(int(part.max(initial=0)) + 1):
            here = part == one
            others = Hidden.fit(self.member, learnt[~here], learnt[:0])
            told[:, here] = replace(others, distance=self.distance, residual=self.residual).score(learnt[here])
        return told[0], told[1]

    def score(self, layer: Floats) -> tuple[Floats, Floats]:
        """Distance and reconstruction error [sample] of a layer [sample, unit]; 1 is the edge."""
        away = layer - self.center
        found = away @ self.modes.T
        left = np.linalg.norm(away - found @ self.modes, axis=1)
        return kth_distance(found, self.rows, NEIGHBOURS) / self.distance, left / self.residual


@torch.no_grad()
def last_hidden(network: nn.Module, z: Tensor) -> Tensor | None:
    """What the last layer with weights is given, `[sample, unit]`; None where no layer holds a matrix.

    Args:
        network: in evaluation mode.
        z: scaled inputs `[sample, ...]`.
    """
    seen: list[Tensor] = []

    def remember(layer: nn.Module, given: tuple[Any, ...]) -> None:
        seen[:] = [given[0]]

    layers = [m for m in network.modules() if any(p.dim() > 1 for p in m.parameters(recurse=False))]
    hooks = [layer.register_forward_pre_hook(remember) for layer in layers]
    try:
        network(z)
    finally:
        for hook in hooks:
            hook.remove()
    if not seen:
        return None
    return seen[0].mean(dim=(-2, -1)) if seen[0].dim() == 4 else seen[0].reshape(len(z), -1)
