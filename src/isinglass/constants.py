"""Fixed numbers as tensors where they are needed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor


def constant(values: tuple[Any, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """A tensor of numbers, or of rows of them, that nobody changes.

    On an accelerator it is made once: it would be waited for, and steps that are recorded cannot bring it along.
    """
    return torch.tensor(values, dtype=dtype) if device.type == "cpu" else _there(values, dtype, device)


@lru_cache(maxsize=256)
def _there(values: tuple[Any, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):  # it may be kept by a gradient later
        return torch.tensor(values, dtype=dtype).to(device)
