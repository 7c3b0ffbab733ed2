"""One pass through a program, forwards and backwards: the interpreter of `program.Program`.

`buffers` are all rows, each `stride` long, flat; `rows` samples of them are in use.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913, C901, D417

from __future__ import annotations

import numpy as np

from isinglass.learning.plans.kernel import layers, waves
from isinglass.learning.plans.kernel import program as op
from isinglass.learning.plans.kernel.activations import activate, slope
from isinglass.learning.plans.kernel.arithmetic.products import product, transpose
from isinglass.learning.plans.kernel.arithmetic.tiles import ADD, BIAS, ZERO, like, width_of
from isinglass.learning.plans.kernel.compilation import exact
from isinglass.learning.plans.kernel.masks import fill_mask


@exact
def whole(count, width):
    """count rounded up to whole vectors."""
    return (count + width - 1) // width * width


@exact
def forward(operations, numbers, constants, arena, buffers, scratch, stride, rows, keys, drop, first, learning):
    """Fill the buffers from the inputs to the raw outputs.

    Args:
        operations, numbers: the program's.
        constants: the program's, as the member has them.
        arena: parameters.
        scratch: `[4, stride]`, flat.
        keys: uint64, one a dropout layer; empty in evaluation mode, when dropout is the identity.
        drop: the member's own dropout probability, below 0 where each layer has its own.
        first: the number in the batch of the first sample, which dropout counts from.
        learning: whether a backward pass follows, for which slopes are kept.
    """
    columns = whole(rows, width_of(buffers))
    for k in range(operations.shape[0]):
        o = operations[k]
        kind, units, outs = o[op.KIND], o[op.INPUTS], o[op.OUTPUTS]
        x, y, other = o[op.X] * stride, o[op.Y] * stride, o[op.OTHER] * stride
        number = like(buffers, numbers[k])
        if kind == op.DENSE:
            bias = o[op.BIAS]
            start = like(stride, ZERO if bias < 0 else BIAS)
            product(
                arena, o[op.WEIGHT], o[op.STRIDE], like(stride, 1), buffers, x, stride, buffers, y, stride,
                arena, max(bias, 0), start, outs, columns, units,
            )  # fmt: skip
        elif kind == op.ACTIVATE:
            keep = learning and o[op.DX] >= 0
            activate(o[op.CODE], number, buffers[x : x + units * stride], buffers[y : y + units * stride], keep)
        elif kind == op.DROPOUT:
            values, out = buffers[x : x + units * stride], buffers[y : y + units * stride]
            if keys.size:
                p = np.float32(drop if drop >= 0 else numbers[k])
                fill_mask(buffers, other, stride, keys[o[op.CODE]], p, units, first, rows)
                layers.times(values, buffers[other : other + units * stride], out)
            else:
                layers.take(values, out, like(stride, 0))
        elif kind == op.ADD:
            n = units * stride
            layers.plus(buffers[x : x + n], buffers[other : other + n], buffers[y : y + n])
        elif kind == op.COPY:
            layers.take(buffers[x : x + units * stride], buffers[y : y + units * stride], like(stride, 0))
        elif kind == op.MAXOUT:
            layers.maxout(buffers, x, y, outs, o[op.EXTRA], stride, rows)
        elif kind == op.LAYER_NORM:
            layers.layer_norm(
                buffers, arena, x, y, other, o[op.WEIGHT], o[op.BIAS], units, number, scratch, stride, rows
            )
        elif kind == op.TABLE:
            layers.table(buffers, arena, constants, x, y, o[op.WEIGHT], o[op.STRIDE], o[op.EXTRA], units, stride, rows)
        elif kind == op.WAVES:
            waves.waves(o, buffers, arena, stride, rows, learning)
        elif kind == op.PIECES:
            layers.pieces(buffers, constants, x, y, o[op.EXTRA], units, outs, o[op.STRIDE], stride, rows)


@exact
def _dense_back(o, arena, gradient, buffers, transposed, stride, rows):
    """dW = dy x^T, db = sum dy, dx = W^T dy."""
    width, none, one, add = width_of(buffers), like(stride, 0), like(stride, 1), like(stride, ADD)
    columns, units, outs = whole(rows, width), o[op.INPUTS], o[op.OUTPUTS]
    x, dx, dy = o[op.X] * stride, o[op.DX] * stride, o[op.DY] * stride
    weight, weight_row = o[op.WEIGHT], o[op.STRIDE]
    transpose(buffers, x, stride, transposed, none, weight_row, weight_row, columns)
    product(
        buffers, dy, stride, one, transposed, none, weight_row, gradient, weight, weight_row,
        gradient, none, add, outs, weight_row, rows,
    )  # fmt: skip
    if o[op.BIAS] >= 0:
        layers.add_row_sums(buffers, dy, outs, stride, rows, gradient, o[op.BIAS])
    if o[op.DX] >= 0:
        product(
            arena, weight, one, weight_row, buffers, dy, stride, buffers, dx, stride,
            arena, none, add if o[op.ACCUMULATE] else like(stride, ZERO), units, columns, outs,
        )  # fmt: skip


@exact
def backward(operations, numbers, constants, arena, gradient, buffers, transposed, scratch, stride, rows, dropping):
    """From the slope by the raw outputs, which stands in their gradient rows, to the arena's gradient (added to).

    dropping: whether the forward pass was in training mode.
    """
    for k in range(operations.shape[0] - 1, -1, -1):
        o = operations[k]
        kind, units, outs, add = o[op.KIND], o[op.INPUTS], o[op.OUTPUTS], o[op.ACCUMULATE]
        x, y, other = o[op.X] * stride, o[op.Y] * stride, o[op.OTHER] * stride
        dx, dy, wanted = o[op.DX] * stride, o[op.DY] * stride, o[op.DX] >= 0
        n = units * stride
        if kind == op.DENSE:
            _dense_back(o, arena, gradient, buffers, transposed, stride, rows)
        elif kind == op.ACTIVATE:
            if wanted:
                number = like(buffers, numbers[k])
                slope(o[op.CODE], number, buffers[x : x + n], buffers[y : y + n], buffers[dx : dx + n])
        elif kind == op.DROPOUT:
            if wanted and dropping:
                layers.times(buffers[dx : dx + n], buffers[other : other + n], buffers[dx : dx + n])
        elif kind == op.ADD:
            if o[op.D_OTHER] >= 0:
                d_other = o[op.D_OTHER] * stride
                layers.take(buffers[dy : dy + n], buffers[d_other : d_other + n], like(stride, 0))
            layers.take(buffers[dy : dy + n], buffers[dx : dx + n], like(stride, 0))
        elif kind == op.COPY:
            if wanted:
                layers.take(buffers[dy : dy + n], buffers[dx : dx + n], add)
        elif kind == op.MAXOUT:
            layers.maxout_back(buffers, x, y, dx, dy, outs, o[op.EXTRA], stride, rows)
        elif kind == op.LAYER_NORM:
            gain, bias = o[op.WEIGHT], o[op.BIAS]
            layers.layer_norm_gains(buffers, gradient, dy, other, gain, bias, units, stride, rows)
            if wanted:
                layers.layer_norm_back(buffers, arena, dx, dy, add, other, gain, units, scratch, stride, rows)
        elif kind == op.TABLE:
            layers.table_back(
                buffers, gradient, constants, x, dy, o[op.WEIGHT], o[op.STRIDE], o[op.EXTRA], units, stride, rows
            )
        elif kind == op.WAVES:
            waves.waves_back(o, buffers, arena, gradient, transposed, stride, rows)
