"""Embeddings of categorical columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding


class CategoricalEmbedding(nn.Module):
    """A vector for each category of each code column, all columns in one table.

    Every vector starts at zero. A category that is never seen in training gets no gradient, so it contributes nothing
    at prediction; row 0 of a column stands for unknown and missing values.

    Args:
        cardinalities: rows of each column, row 0 included.
        width: numbers a category.

    Reference: Guo and Berkhahn (2016), Entity embeddings of categorical variables, arXiv:1604.06737.
    """

    offsets: Tensor

    def __init__(self, cardinalities: Sequence[int], width: int) -> None:
        super().__init__()
        self.cardinalities, self.width = tuple(cardinalities), width
        self.table = nn.Parameter(torch.zeros(sum(cardinalities), width))
        # not persistent: the same for every member, so no plan has to carry it as a member's buffer
        self.register_buffer("offsets", torch.tensor([0, *accumulate(self.cardinalities)][:-1]), persistent=False)

    def forward(self, codes: Tensor) -> Tensor:
        """codes `[..., batch, column]`, whole numbers in any dtype -> `[..., batch, column * width]`."""
        return embedding(codes.long() + self.offsets, self.table).flatten(-2)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"{list(self.cardinalities)}, width={self.width}"


class OneHot(nn.Module):
    """One number a category, 1 for the sample's own, 0 for the others; nothing for code 0 (unknown or missing).

    It keeps a machine linear in its weights, where an embedding would not.

    Args:
        cardinalities: rows of each column, row 0 included.
    """

    def __init__(self, cardinalities: Sequence[int]) -> None:
        super().__init__()
        self.cardinalities = tuple(cardinalities)

    @property
    def width(self) -> int:
        """Numbers in the output."""
        return sum(cardinality - 1 for cardinality in self.cardinalities)

    def forward(self, codes: Tensor) -> Tensor:
        """codes `[..., batch, column]`, whole numbers in any dtype -> `[..., batch, width]`."""
        parts = [
            codes[..., column : column + 1] == torch.arange(1, cardinality, dtype=codes.dtype, device=codes.device)
            for column, cardinality in enumerate(self.cardinalities)
        ]
        return torch.cat(parts, dim=-1).to(codes.dtype)

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return str(list(self.cardinalities))
