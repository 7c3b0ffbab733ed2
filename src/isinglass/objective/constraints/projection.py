"""The arithmetic of linear laws: small matrices, one for all samples or one a sample."""

from __future__ import annotations

import torch
from torch import Tensor


def project(y: Tensor, A: Tensor, b: Tensor, weight: Tensor) -> Tensor:
    """y `[..., batch, k]`, A `[..., batch or 1, law, k]`, b `[..., batch or 1, law]`, weight broadcasts with y."""
    weighted = A * weight.unsqueeze(-2)
    gram = weighted @ A.mT
    y = y - back(weighted, solve(gram, apply(A, y) - b))
    with torch.no_grad():  # what round-off has left; it has no gradient of its own
        rest = back(weighted, solve(gram, apply(A, y) - b))
    return y - rest


def solve(matrix: Tensor, right: Tensor) -> Tensor:
    """matrix `[..., batch or 1, n, n]`, right `[..., batch, n]` -> `[..., batch, n]`."""
    if matrix.shape[-3] == 1:  # one factorization for all samples
        return torch.linalg.solve(matrix.squeeze(-3), right.mT).mT
    return torch.linalg.solve(matrix, right.unsqueeze(-1)).squeeze(-1)


def apply(A: Tensor, y: Tensor) -> Tensor:
    """A y: `[..., batch or 1, law, k]`, `[..., batch, k]` -> `[..., batch, law]`."""
    return (A * y.unsqueeze(-2)).sum(-1)


def back(A: Tensor, dual: Tensor) -> Tensor:
    """A^T dual: `[..., batch or 1, law, k]`, `[..., batch, law]` -> `[..., batch, k]`."""
    return (A * dual.unsqueeze(-1)).sum(-2)


def stacked(parts: list[Tensor], dim: int) -> Tensor:
    """Side by side where the columns among them are; numbers of the recipe are in main memory."""
    place = next((part.device for part in parts if part.device.type != "cpu"), torch.device("cpu"))
    return torch.stack(torch.broadcast_tensors(*(part.to(place) for part in parts)), dim=dim)
