"""Joining feature maps of two sizes along their channels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def concatenate(x: Tensor, skip: Tensor) -> Tensor:
    """`[x, skip]` along the channels, at a common size.

    A larger skip is cut to x in its middle, as between 'valid' convolutions; where x lacks one row or column, because
    pooling rounded an odd size down, x is padded with zeros at its end.

    Args:
        x: `[batch, channel, height, width]`.
        skip: `[batch, other channel, other height, other width]`.
    """
    height, width = skip.shape[2] - x.shape[2], skip.shape[3] - x.shape[3]
    if 0 <= height <= 1 and 0 <= width <= 1:
        x = functional.pad(x, (0, width, 0, height)) if height or width else x
    else:
        skip = skip[..., height // 2 : height // 2 + x.shape[2], width // 2 : width // 2 + x.shape[3]]
    return torch.cat((x, skip), 1)
