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
        return _solve(matrix.squeeze(-3), right.mT).mT
    return _solve(matrix, right.unsqueeze(-1)).squeeze(-1)


def _solve(matrix: Tensor, right: Tensor) -> Tensor:
    # Whether a matrix is singular is asked on the processor alone: a device would be waited for, and answers NaN.
    return torch.linalg.solve(matrix, right) if matrix.is_cpu else torch.linalg.solve_ex(matrix, right)[0]


def apply(A: Tensor, y: Tensor) -> Tensor:
    """A y: `[..., batch or 1, law, k]`, `[..., batch, k]` -> `[..., batch, law]`."""
    return (A * y.unsqueeze(-2)).sum(-1)


def back(A: Tensor, dual: Tensor) -> Tensor:
    """A^T dual: `[..., batch or 1, law, k]`, `[..., batch, law]` -> `[..., batch, k]`."""
    return (A * dual.unsqueeze(-1)).sum(-2)


def stacked(parts: list[Tensor], dim: int) -> Tensor:
    """Side by side, broadcast."""
    return torch.stack(torch.broadcast_tensors(*parts), dim=dim)
