"""Tensors where they are needed: on the device of what they are computed with."""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import Tensor


def on(values: Tensor, device: torch.device) -> Tensor:
    """On a device, which does not wait for it: what comes from main memory has been copied when this returns."""
    return values if values.device == device else values.to(device, non_blocking=True)


def constant(values: tuple[Any, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """A tensor of numbers, or of rows of them, that nobody changes.

    On an accelerator it is made once: it would be waited for, and steps that are recorded cannot bring it along.
    """
    return torch.tensor(values, dtype=dtype) if device.type == "cpu" else _there(values, dtype, device)


@cache  # a recorded step may read one for as long as it is replayed
def _there(values: tuple[Any, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # it may be kept by a gradient later
        return torch.tensor(values, dtype=dtype).to(device)
