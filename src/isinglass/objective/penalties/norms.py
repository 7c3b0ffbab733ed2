"""The penalties. lambda is the strength; sums run over the weights of one layer.

L1             lambda sum |W|               Tibshirani (1996), doi:10.1111/j.2517-6161.1996.tb02080.x
L2             lambda sum W^2               no factor 1/2; Hoerl and Kennard (1970), doi:10.1080/00401706.1970.10488634
L2 length      lambda sqrt(sum W^2)         the length itself: the pull does not weaken as weights shrink;
                                            Yuan and Lin (2006), doi:10.1111/j.1467-9868.2005.00532.x
elastic net    lambda sum(beta W^2 + |W|)   beta is the ratio; Zou and Hastie (2005),
                                            doi:10.1111/j.1467-9868.2005.00503.x
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from isinglass.objective.penalties.penalty import column


@dataclass(frozen=True)
class L1:
    """lambda sum |W|, gradient lambda sign(W)."""

    def value(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[...]`."""
        return strength * w.abs().sum(-1)

    def gradient(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[..., weight]`."""
        return column(strength) * w.sign()


@dataclass(frozen=True)
class L2:
    """lambda sum W^2, gradient 2 lambda W."""

    def value(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[...]`."""
        return strength * w.square().sum(-1)

    def gradient(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[..., weight]`."""
        return 2 * column(strength) * w


@dataclass(frozen=True)
class L2Length:
    """lambda ||W||, gradient lambda W / ||W||, 0 where all weights are 0."""

    def value(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[...]`."""
        return strength * torch.linalg.vector_norm(w, dim=-1)

    def gradient(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[..., weight]`."""
        length = torch.linalg.vector_norm(w, dim=-1, keepdim=True)
        return column(strength) * w / torch.where(length > 0, length, 1)


@dataclass(frozen=True)
class ElasticNet:
    """lambda sum(beta W^2 + |W|), gradient lambda (2 beta W + sign W)."""

    def value(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[...]`; `ratio` is beta."""
        return strength * (ratio * w.square().sum(-1) + w.abs().sum(-1))

    def gradient(self, w: Tensor, strength: float | Tensor, ratio: float | Tensor = 1.0) -> Tensor:
        """`[..., weight]` -> `[..., weight]`; `ratio` is beta."""
        return column(strength) * (2 * column(ratio) * w + w.sign())
