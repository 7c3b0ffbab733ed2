"""What is counted of one layer: weights and their formula, size, receptive field, multiply-adds."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor, nn

from isinglass.machine.blocks import FractionalMaxPool, Whiten
from isinglass.machine.blocks.dropout import Dropout2d, DropPath
from isinglass.machine.image.shape_check import SLIDING, window

WHOLE = (FractionalMaxPool, Whiten, Dropout2d, DropPath)
"""Layers that are shown as one, though they have parts."""
Field = tuple[float, float]
"""Pixels of the input that one output pixel depends on, and input pixels from one output pixel to the next."""


def leaves(machine: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    whole: tuple[str, ...] = ()
    for name, layer in machine.named_modules():
        if any(name.startswith(f"{above}.") for above in whole):
            continue
        if isinstance(layer, WHOLE):
            whole = (*whole, name)
            yield name, layer
        elif not any(True for _ in layer.children()) and not isinstance(layer, nn.Identity):
            yield name or type(layer).__name__, layer


def formula_of(layer: nn.Module, shapes: list[tuple[int, ...]]) -> str:
    """Kernel height x width x channels in x channels out + biases, as the lectures write it."""
    if not shapes:
        return ""
    total = f"{sum(math.prod(shape) for shape in shapes):,}"
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        height, width = layer.kernel_size[0], layer.kernel_size[1]
        one = f"{height}x{width}x{layer.in_channels // layer.groups}x{layer.out_channels}"
        return f"{one}{'' if layer.bias is None else f' + {layer.out_channels}'} = {total}"
    if isinstance(layer, nn.Linear):
        bias = "" if layer.bias is None else f" + {layer.out_features}"
        return f"{layer.in_features}x{layer.out_features}{bias} = {total}"
    parts = " + ".join("x".join(map(str, shape)) or "1" for shape in shapes)
    return f"{parts} = {total}" if len(shapes) > 1 or len(shapes[0]) > 1 else total


def size_of(layer: nn.Module, given: Tensor, output: Tensor) -> str:
    if given.dim() < 4 or output.dim() < 4 or given.shape[2:] == output.shape[2:]:
        return ""
    if not isinstance(layer, SLIDING):
        return f"{given.shape[2]} -> {output.shape[2]}"
    kernel, stride, padding, dilation = window(layer, 0)
    spread = dilation * (kernel - 1) + 1
    return f"({given.shape[2]} - {spread} + {2 * padding})/{stride} + 1 = {output.shape[2]}"


def field_of(layer: nn.Module, given: Tensor, before: Field | None) -> Field | None:
    """None where there is none: for rows, and after a layer that looks at the whole map."""
    if before is None or given.dim() < 4 or isinstance(layer, (nn.Flatten, nn.AdaptiveAvgPool2d)):
        return None
    pixels, step = before
    if isinstance(layer, nn.ConvTranspose2d):
        kernel, stride = int(layer.kernel_size[0]), int(layer.stride[0])
        return pixels + (math.ceil(kernel / stride) - 1) * step, step / stride
    if isinstance(layer, nn.Upsample):
        return pixels + (0 if layer.mode == "nearest" else step), step / float(layer.scale_factor or 1)  # pyright: ignore[reportArgumentType]
    if not isinstance(layer, SLIDING):
        return before
    kernel, stride, _, dilation = window(layer, 0)
    return pixels + dilation * (kernel - 1) * step, step * stride


def multiply_adds_of(layer: nn.Module, output: Tensor) -> int:
    """Of convolutions and dense layers; others are not worth counting beside them."""
    weight = getattr(layer, "weight", None)
    if isinstance(layer, nn.ConvTranspose2d) and isinstance(weight, Tensor):
        rise = math.prod(int(s) for s in layer.stride)
        return weight.numel() * math.prod(output.shape[2:]) // rise
    if isinstance(layer, (nn.Conv2d, Whiten)) and isinstance(weight, Tensor):
        return weight.numel() * math.prod(output.shape[2:])
    if isinstance(layer, nn.Linear):
        return layer.in_features * math.prod(output.shape[1:])
    return 0
