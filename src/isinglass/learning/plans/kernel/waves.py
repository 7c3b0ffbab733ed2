"""Periodic embeddings, forwards and backwards: the waves of each feature, and their own dense layer, in one operation.

y_f = V_f w_f + c_f with w = cos(2 pi f x + phase), next to x itself (PBLD), or w = (sin 2 pi f x, cos 2 pi f x) (PLR).
Learning, the sines of PBLD are kept too, for the slopes of the cosines. What a feature needs stays in the first-level
cache.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913, D417

from __future__ import annotations

from isinglass.learning.plans.kernel import program as op
from isinglass.learning.plans.kernel.arithmetic.products import product, transpose
from isinglass.learning.plans.kernel.arithmetic.tiles import ADD, BIAS, ZERO, like, width_of
from isinglass.learning.plans.kernel.arithmetic.trigonometry import TWO_PI, sin_cos
from isinglass.learning.plans.kernel.codes import SIN_COS
from isinglass.learning.plans.kernel.compilation import exact
from isinglass.learning.plans.kernel.layers import add_row_sums, take, times


@exact
def _both(z, frequency, phase, sines, cosines):
    """Rows of sin and cos of 2 pi (f z + phase)."""
    for i in range(z.size):
        sines[i], cosines[i] = sin_cos(frequency * z[i] + phase)


@exact
def _cosines(z, frequency, phase, cosines):
    for i in range(z.size):
        cosines[i] = sin_cos(frequency * z[i] + phase)[1]


@exact
def _waves_of(z, buffers, arena, frequency, phase, sines, cosines, stride, keep):
    """One wave of one feature; places of its frequency and phase (-1: none), of its rows."""
    rows = z.size
    turn = like(buffers, 0.15915494309189535)
    p = arena[phase] * turn if phase >= 0 else like(arena, 0.0)
    if keep:
        _both(z, arena[frequency], p, buffers[sines : sines + rows], buffers[cosines : cosines + rows])
    else:
        _cosines(z, arena[frequency], p, buffers[cosines : cosines + rows])


@exact
def waves(o, buffers, arena, stride, rows, learning):
    """Fill the embedding's rows."""
    features, count, both = o[op.INPUTS], o[op.EXTRA], o[op.CODE] == SIN_COS
    width, lanes = o[op.OUTPUTS] // features, width_of(buffers)
    columns = (rows + lanes - 1) // lanes * lanes
    skip = 0 if both else 1
    mixed, used = width - skip, 2 * count if both else count
    for feature in range(features):
        x, y = (o[op.X] + feature) * stride, (o[op.Y] + feature * width) * stride
        place = o[op.OTHER] + feature * o[op.ROOM]
        z = buffers[x : x + rows]
        if skip:
            take(z, buffers[y : y + rows], like(stride, 0))
        for k in range(count):
            one, two = (place + k) * stride, (place + o[op.SECOND] + k) * stride
            own = feature * count + k
            _waves_of(
                z, buffers, arena, o[op.FREQUENCY] + own, o[op.PHASE] + own if o[op.PHASE] >= 0 else o[op.PHASE],
                one if both else two, two if both else one, stride, both or learning,
            )  # fmt: skip
        product(
            arena, o[op.WEIGHT] + feature * mixed * o[op.STRIDE], o[op.STRIDE], like(stride, 1),
            buffers, place * stride, stride, buffers, y + skip * stride, stride,
            arena, o[op.BIAS] + feature * mixed, like(stride, BIAS), mixed, columns, used,
        )  # fmt: skip


@exact
def waves_back(o, buffers, arena, gradient, room, stride, rows):
    """Adds to the gradients of V, c, frequencies and phases; features have none.

    With d_j the slopes by y_j, all sums over the batch are products: d w^T is the gradient of V; with the waves' slopes
    w', V * (d w'^T) summed over j is that of the phases, and V * ((d z) w'^T) that of the frequencies.

    Args:
        room: flat, for the transposed waves, d z, and the last two products.
    """
    features, count, both = o[op.INPUTS], o[op.EXTRA], o[op.CODE] == SIN_COS
    width, lanes, none, one = o[op.OUTPUTS] // features, width_of(buffers), like(stride, 0), like(stride, 1)
    columns = (rows + lanes - 1) // lanes * lanes
    skip = 0 if both else 1
    mixed, length, weight_row = width - skip, o[op.ROOM], o[op.STRIDE]
    # The columns of the transposed waves that hold what the slopes need: the sines, or both.
    first, span = (none, length) if both else (o[op.SECOND], length - o[op.SECOND])
    by_z = length * stride
    a = by_z + mixed * stride
    b = a + mixed * span
    for feature in range(features):
        x, place = (o[op.X] + feature) * stride, (o[op.OTHER] + feature * length) * stride
        d = (o[op.DY] + feature * width + skip) * stride
        weight, bias = o[op.WEIGHT] + feature * mixed * weight_row, o[op.BIAS] + feature * mixed
        transpose(buffers, place, stride, room, none, length, length, columns)
        product(
            buffers, d, stride, one, room, none, length, gradient, weight, weight_row,
            gradient, none, like(stride, ADD), mixed, weight_row, rows,
        )  # fmt: skip
        add_row_sums(buffers, d, mixed, stride, rows, gradient, bias)
        for j in range(mixed):
            d_j, e_j = d + j * stride, by_z + j * stride
            times(buffers[d_j : d_j + rows], buffers[x : x + rows], room[e_j : e_j + rows])
        if not both:
            product(
                buffers, d, stride, one, room, first, length, room, a, span,
                gradient, none, like(stride, ZERO), mixed, span, rows,
            )  # fmt: skip
        product(
            room, by_z, stride, one, room, first, length, room, b, span,
            gradient, none, like(stride, ZERO), mixed, span, rows,
        )  # fmt: skip
        for k in range(count):
            by_phase, by_frequency = like(room, 0.0), like(room, 0.0)
            for j in range(mixed):
                v, r = arena[weight + j * weight_row + k], b + j * span + k
                if both:
                    u = arena[weight + j * weight_row + count + k]
                    by_frequency += v * room[r + count] - u * room[r]
                else:
                    by_phase -= v * room[a + j * span + k]
                    by_frequency -= v * room[r]
            gradient[o[op.FREQUENCY] + feature * count + k] += by_frequency * like(room, TWO_PI)
            if o[op.PHASE] >= 0:
                gradient[o[op.PHASE] + feature * count + k] += by_phase
