"""Pooling by name, and fractional maximum pooling, which makes maps smaller by less than a half."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from isinglass.errors import MachineError
from isinglass.machine.layers import Dropout, mask_uniform


class FractionalMaxPool(nn.Module):
    """The largest value of 2x2 regions whose corners lie at random steps of one or two pixels.

    Output size: floor(ratio * size). In training mode the steps are drawn for each sample and channel from the
    member's key, as a dropout mask is; in evaluation mode they are the same for all.

    Args:
        ratio: output size over input size, above 0.5 and below 1.

    Reference: Graham (2014), Fractional max-pooling, arXiv:1412.6071.
    """

    def __init__(self, ratio: float = 2**-0.5) -> None:
        super().__init__()
        if not 0.5 <= ratio < 1:
            raise MachineError("the ratio of fractional pooling is out of range", given=ratio, allowed="0.5 <= r < 1")
        self.ratio = ratio
        self.draw = Dropout(0.0)  # it drops nothing: its key is what every training plan sets

    def forward(self, x: Tensor) -> Tensor:
        """x `[batch, channel, height, width]` -> `[batch, channel, smaller height, smaller width]`."""
        shape = (*x.shape[:2], 2)
        if self.training:
            samples = mask_uniform(self.draw.key, x.shape[0] * x.shape[1] * 2).reshape(shape)
        else:
            samples = torch.full(shape, 0.5, device=x.device)
        size = [max(1, int(side * self.ratio)) for side in x.shape[2:]]
        return functional.fractional_max_pool2d(x, 2, output_size=size, _random_samples=samples.to(x))

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"ratio={self.ratio:.4g}"


POOLS = {
    "max": lambda: nn.MaxPool2d(2),
    "average": lambda: nn.AvgPool2d(2),
    "fractional": FractionalMaxPool,
}


def pooling(name: str) -> list[nn.Module]:
    """The layers of a name: one pooling layer, or none for 'none'. Raises MachineError for an unknown name."""
    if name != "none" and name not in POOLS:
        raise MachineError("unknown pooling", where="machine.options.pool", given=name, allowed=[*POOLS, "none"])
    return [POOLS[name]()] if name in POOLS else []
