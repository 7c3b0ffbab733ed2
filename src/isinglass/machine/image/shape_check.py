"""Whether an image fits a machine: the size formula of every convolution and pooling, checked without computing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError
from isinglass.machine.blocks import Whiten

Image = tuple[int, ...]
"""(channel, height, width)."""
SLIDING = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d, Whiten)
"""Layers that the size formula holds for."""
LARGEST = 4096
"""Pixels a side up to which a smallest size is looked for."""


class TooSmallError(MachineError):
    """A layer has no output for an image of this size."""


def output_size(size: int, kernel: int, *, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """O = floor((W - K + 2P) / S) + 1, with the dilated kernel K = dilation (kernel - 1) + 1.

    At most 0 where the kernel is larger than the padded input. Reference: Dumoulin and Visin (2016), A guide to
    convolution arithmetic, arXiv:1603.07285.
    """
    return math.floor((size - dilation * (kernel - 1) - 1 + 2 * padding) / stride) + 1


def measured(module: nn.Module, image: Image, *, prefix: str = "") -> tuple[int, ...]:
    """The shape of the output for one image (channel, height, width), the batch left out. Nothing is computed.

    Raises:
        TooSmallError: a convolution or a pooling does not fit; it says which and shows the formula.
    """
    state = {n: torch.empty_like(t, device="meta") for n, t in (*module.named_parameters(), *module.named_buffers())}
    mode = module.training
    try:
        with _watched(module, prefix), torch.no_grad():
            output = torch.func.functional_call(module.eval(), state, (torch.empty((2, *image), device="meta"),))
    finally:
        module.train(mode)
    return tuple(output.shape[1:])


def smallest(module: nn.Module, channels: int) -> int | None:
    """The smallest square image, pixels a side, for which every layer fits; None where there is none."""
    high = 1
    while not _fits(module, (channels, high, high)):
        high *= 2
        if high > LARGEST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _fits(module, (channels, middle, middle)) else (middle, high)
    return high


def fitted(module: nn.Module, image: Image, *, kind: str, prefix: str = "") -> tuple[int, ...]:
    """As `measured`; the error also says which size is allowed and what to write instead."""
    try:
        return measured(module, image, prefix=prefix)
    except TooSmallError as error:
        least = smallest(module, image[0])
        raise MachineError(
            f"images of {image[1]}x{image[2]} pixels are too small for '{kind}': {error.what}",
            where="machine.kind",
            given=f"{kind} with images of {image[1]}x{image[2]}",
            allowed=None if least is None else f"images of {least}x{least} pixels or more",
            instead=None if least is None else f"size = [{least}, {least}] in [data], or fewer stages",
        ) from None


def _fits(module: nn.Module, image: Image) -> bool:
    try:
        measured(module, image)
    except TooSmallError:
        return False
    return True


@contextmanager
def _watched(module: nn.Module, prefix: str) -> Iterator[None]:
    hooks = [
        layer.register_forward_pre_hook(_judge(f"{prefix}{name}"))
        for name, layer in module.named_modules()
        if isinstance(layer, SLIDING)
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _judge(name: str):
    def judge(layer: nn.Module, given: tuple[Tensor]) -> None:
        for size, axis in zip(given[0].shape[-2:], (0, 1), strict=True):
            kernel, stride, padding, dilation = window(layer, axis)
            if output_size(size, kernel, stride=stride, padding=padding, dilation=dilation) < 1:
                what = "pooling" if isinstance(layer, (nn.MaxPool2d, nn.AvgPool2d)) else "convolution"
                dilated = dilation * (kernel - 1) + 1
                raise TooSmallError(
                    f"layer {name} ({what} of {kernel}x{kernel}) gets {given[0].shape[-2]}x{given[0].shape[-1]} pixels"
                    f" and O = (W - K + 2P)/S + 1 = ({size} - {dilated} + {2 * padding})/{stride} + 1 is below 1"
                )

    return judge


def window(layer: nn.Module, axis: int) -> tuple[int, int, int, int]:
    """Kernel, stride, padding and dilation of a convolution or pooling along the height (0) or the width (1)."""
    kernel = _along(getattr(layer, "kernel_size", 1), axis)
    stride = _along(getattr(layer, "stride", None) or kernel, axis)
    dilation = _along(getattr(layer, "dilation", 1), axis)
    padding = getattr(layer, "padding", 0)
    if isinstance(padding, str):
        padding = 0 if padding == "valid" else dilation * (kernel - 1) / 2
    else:
        padding = _along(padding, axis)
    return kernel, stride, padding, dilation  # pyright: ignore[reportReturnType]


def _along(value: int | tuple[int, ...], axis: int) -> int:
    return value if isinstance(value, int) else value[axis]
