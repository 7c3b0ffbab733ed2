"""Dropout's counter hash, bit by bit as `isinglass.machine.layers.dropout` defines it."""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types, uint64

from isinglass.learning.plans.kernel.arithmetic.tiles import intrinsic, like
from isinglass.learning.plans.kernel.compilation import exact

GOLDEN, FIRST, SECOND = uint64(0x9E3779B97F4A7C15), uint64(0xBF58476D1CE4E5B9), uint64(0x94D049BB133111EB)


@exact
def _mix(z):
    z = (z ^ (z >> uint64(30))) * FIRST
    z = (z ^ (z >> uint64(27))) * SECOND
    return z ^ (z >> uint64(31))


@exact
def key_of(seed, step, layer):
    """The key of a dropout layer at a step: uint64."""
    return _mix(_mix(_mix(uint64(seed) + GOLDEN) + uint64(step) + GOLDEN) + uint64(layer) + GOLDEN)


@intrinsic
def _uniform(typingctx: Any, key: Any, position: Any) -> Any:
    """float32 in [0, 1) at a position; 32-bit arithmetic, which numba's integers do not keep to."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = ir.IntType(32)
        low = builder.trunc(args[0], word)
        high = builder.trunc(builder.lshr(args[0], args[0].type(32)), word)
        h = builder.add(builder.trunc(args[1], word), low)
        h = builder.mul(builder.xor(h, builder.lshr(h, word(16))), word(0x7FEB352D))
        h = builder.xor(h, high)
        h = builder.mul(builder.xor(h, builder.lshr(h, word(15))), word(0x846CA68B))
        h = builder.xor(h, builder.lshr(h, word(16)))
        number = builder.uitofp(builder.lshr(h, word(8)), ir.FloatType())
        return builder.fmul(number, ir.FloatType()(2.0**-24))

    return types.float32(types.uint64, types.int64), emit


@exact
def fill_mask(mask, place, stride, key, p, units, first, rows):
    """mask[place + unit * stride + row] = 0 with probability p (float32), else 1 / (1 - p).

    `first` is the batch's number of row 0, which counts where a batch is taken in parts.
    """
    kept = like(mask, like(p, 1.0) / (like(p, 1.0) - p))
    for unit in range(units):
        line = mask[place + unit * stride : place + unit * stride + rows]
        start = first * units + unit
        for row in range(rows):
            line[row] = kept if _uniform(key, start + row * units) >= p else like(mask, 0.0)
