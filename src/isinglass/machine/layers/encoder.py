"""The entry of a machine: numeric features one way, category codes another."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Encoder(nn.Module):
    """Embeds the first `numeric_features` columns and the code columns after them, and joins the results.

    Args:
        numeric_features: number of columns that are not codes.
        numeric: what they go through (the identity, or a numeric embedding).
        categorical: what the code columns go through; None where there are none.
    """

    def __init__(self, numeric_features: int, numeric: nn.Module, categorical: nn.Module | None) -> None:
        super().__init__()
        self.numeric_features = numeric_features
        self.numeric = numeric
        self.categorical = categorical

    def forward(self, x: Tensor) -> Tensor:
        """x `[..., batch, feature]` -> `[..., batch, unit]`."""
        numeric = self.numeric(x[..., : self.numeric_features])
        if self.categorical is None:
            return numeric
        return torch.cat((numeric, self.categorical(x[..., self.numeric_features :])), dim=-1)
