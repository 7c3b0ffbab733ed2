"""Dropout whose masks are a pure function of (member seed, step, layer, position): no generator, no state.

A member therefore drops the same units whether it is trained alone, in a stack, under `vmap` or by compiled
code. All arithmetic is on unsigned integers that wrap; `>>` below is the logical shift.

Key of a layer at a step (64 bit; the finalizer of splitmix64: Steele et al. 2014,
doi:10.1145/2714064.2660195)::

    mix64(z): z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
              z = (z ^ (z >> 27)) * 0x94D049BB133111EB
              return z ^ (z >> 31)
    G = 0x9E3779B97F4A7C15
    key = mix64(mix64(mix64(seed + G) + step + G) + layer + G)

`layer` counts the Dropout layers of the machine from 0 in the order of `machine.modules()`.

Uniform number at position i (32 bit; constants of Wellons' lowbias32, with the key's high half mixed in)::

    h = i + (key & 0xFFFFFFFF)
    h = (h ^ (h >> 16)) * 0x7FEB352D
    h = h ^ (key >> 32)
    h = (h ^ (h >> 15)) * 0x846CA68B
    h = h ^ (h >> 16)
    u = float32(h >> 8) * 2^-24                     in [0, 1), exact

A unit of an input `[..., batch, unit]` has the position `i = row * units + unit`. It is kept where `u >= p`
with p rounded to float32, and then multiplied by `1 / (1 - p)`, computed in float32.

Reference: Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting,
Journal of Machine Learning Research 15, 1929-1958.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from isinglass.errors import MachineError

GOLDEN = 0x9E3779B97F4A7C15 - (1 << 64)  # torch knows signed 64-bit integers only: same bits, other sign
MIX64 = (0xBF58476D1CE4E5B9 - (1 << 64), 0x94D049BB133111EB - (1 << 64))
MIX32 = (0x7FEB352D, 0x846CA68B - (1 << 32))


def dropout_key(seed: int | Tensor, step: int | Tensor, layer: int | Tensor) -> Tensor:
    """The key of a Dropout layer: int64, of the broadcast shape of the three arguments (all int64).

    Keys of many steps and members are best made in one call, as in
    `dropout_key(seeds, torch.arange(steps)[:, None], 0)` -> `[step, member]`.
    """
    key = _mix64(torch.as_tensor(seed, dtype=torch.int64) + GOLDEN)
    key = _mix64(key + torch.as_tensor(step, dtype=torch.int64) + GOLDEN)
    return _mix64(key + torch.as_tensor(layer, dtype=torch.int64) + GOLDEN)


def mask_uniform(key: Tensor, size: int) -> Tensor:
    """Uniform numbers in [0, 1), as defined above: key int64 `[...]` -> float32 `[..., size]`."""
    high, low = _word(key >> 32).unsqueeze(-1), _word(key).unsqueeze(-1)
    h = torch.arange(size, dtype=torch.int32, device=key.device) + low
    h = _fold_(h, 16).mul_(MIX32[0]).bitwise_xor_(high)
    h = _fold_(_fold_(h, 15).mul_(MIX32[1]), 16)
    return _shift(h, 8).to(torch.float32).mul_(2.0**-24)


def dropout(x: Tensor, p: float | Tensor, key: Tensor) -> Tensor:
    """Drop units with probability p and rescale the others.

    Args:
        x: `[..., batch, unit]`; any axes may follow those of the key, positions count through them in order.
        p: a number, or one a member, of key's shape `[...]`.
        key: int64 `[...]`, one for each index of x's leading (member) axes; a scalar for one network.
    """
    uniform = mask_uniform(key.to(x.device, non_blocking=True), math.prod(x.shape[key.dim() :])).reshape(x.shape)
    p = torch.as_tensor(p, dtype=torch.float32, device=x.device)
    p = p.reshape(p.shape + (1,) * (x.dim() - p.dim())) if p.dim() else p
    return x * ((uniform >= p) / (1 - p)).to(x.dtype)


class Dropout(nn.Module):
    """Dropout in training mode, the identity in evaluation mode.

    Args:
        p: probability that a unit is dropped, 0 <= p < 1. A float32 buffer, so that
            `torch.func.functional_call` can give each member its own.

    The key is an argument of `forward`, or else the buffer `key`, which a training plan sets at every step by
    `functional_call(machine, {..., "3.key": key})` or by `set_dropout_keys`. Neither buffer is saved.
    """

    p: Tensor
    key: Tensor

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise MachineError("the dropout probability is out of range", given=p, allowed="0 <= p < 1")
        self.register_buffer("p", torch.tensor(p, dtype=torch.float32), persistent=False)
        self.register_buffer("key", torch.zeros((), dtype=torch.int64), persistent=False)

    def forward(self, x: Tensor, key: Tensor | None = None) -> Tensor:
        """x `[..., batch, unit]` -> the same shape."""
        return dropout(x, self.p, self.key if key is None else key) if self.training else x

    def extra_repr(self) -> str:
        """What `print(machine)` shows."""
        return f"p={float(self.p):g}"


def dropout_layers(machine: nn.Module) -> dict[str, Dropout]:
    """The Dropout layers by their dotted names; their order gives the layer indices of `dropout_key`."""
    return {name: layer for name, layer in machine.named_modules() if isinstance(layer, Dropout)}


def set_dropout_keys(machine: nn.Module, seed: int, step: int) -> None:
    """Give every Dropout layer of one network its key for one step."""
    for index, layer in enumerate(dropout_layers(machine).values()):
        layer.key = dropout_key(seed, step, index)


def _mix64(z: Tensor) -> Tensor:
    z = (z ^ ((z >> 30) & (2**34 - 1))) * MIX64[0]
    z = (z ^ ((z >> 27) & (2**37 - 1))) * MIX64[1]
    return z ^ ((z >> 31) & (2**33 - 1))


def _word(z: Tensor) -> Tensor:
    """The low 32 bits of int64 numbers as int32, bits kept."""
    low = z & 0xFFFFFFFF
    return torch.where(low >= 2**31, low - 2**32, low).to(torch.int32)


def _shift(h: Tensor, bits: int) -> Tensor:
    """Logical shift right of int32."""
    return (h >> bits).bitwise_and_((1 << (32 - bits)) - 1)


def _fold_(h: Tensor, bits: int) -> Tensor:
    """h ^= h >> bits, in place: a mask is made at every step, and memory is what it costs."""
    return h.bitwise_xor_(_shift(h, bits))
