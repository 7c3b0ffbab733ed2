"""Adversarial training: every batch is first changed against the network, by one step along the sign of a gradient.

    z_0 = z + U(-e, e),    z' = clip_e(z_0 + 1.25 e sign(dl/dz_0)),

clip_e stays within e of z, and of images within what the file's depth can hold. The size e is in scaled units. The
network then learns from z' alone. A step costs a second pass forwards and back.

Reference: Wong, Rice & Kolter (2020), Fast is better than free: revisiting adversarial training, arXiv:2001.03994.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from isinglass.learning.plans.batching import Gather
from isinglass.tensors import on

STEP = 1.25
DEPTHS = {torch.uint8: 255.0, torch.uint16: 65535.0, torch.int32: 65535.0}
"""The brightest a pixel can be; int32 is what 16 bits are on an accelerator (`learning.rows.inputs_on`)."""


def attacked(z: Tensor, loss: Callable[[Tensor], Tensor], gather: Gather, *, size: float, key: int) -> Tensor:
    """The changed batch.

    Args:
        z: `[batch, ...]`, scaled.
        loss: of a batch like z, one number.
        gather: of the member, for the ends of pixel values.
        size: largest change of a value.
        key: of the random start.
    """
    start = torch.rand(z.shape, generator=torch.Generator().manual_seed(key), dtype=z.dtype).mul_(2).sub_(1)
    leaf = (z + size * on(start, z.device)).detach().requires_grad_()
    (slope,) = torch.autograd.grad(loss(leaf), leaf)
    with torch.no_grad():
        moved = leaf + STEP * size * slope.sign()
        return _possible(torch.minimum(torch.maximum(moved, z - size), z + size), gather)


def _possible(z: Tensor, gather: Gather) -> Tensor:
    highest = DEPTHS.get(gather.rows.inputs.dtype)
    if highest is None:  # not the whole numbers of pixels
        return z
    low, high = ((value - gather.center[0]) * gather.scale[0] for value in (0.0, highest))
    return torch.minimum(torch.maximum(z, low), high)
