"""Layers other than dense ones, forwards and backwards, on feature-major rows.

Flat arrays with places in them: `rows` is the number of samples, `stride` the length of a row. A backward function
adds to the arena's gradient; what it does to the input's gradient is said at each.
"""

# Compiled code takes arrays and places one by one: bundles would cost time at each call.
# ruff: noqa: PLR0913

from __future__ import annotations

from isinglass.learning.plans.kernel.arithmetic.tiles import like, root
from isinglass.learning.plans.kernel.compilation import exact, sums


@sums
def total(values):
    """The sum of a row."""
    s = like(values, 0.0)
    for i in range(values.size):
        s += values[i]
    return s


@sums
def add_row_sums(buffers, first, units, stride, rows, gradient, place):
    """gradient[place + unit] += the sum of a unit's row."""
    for unit in range(units):
        row = buffers[first + unit * stride : first + unit * stride + rows]
        s = like(buffers, 0.0)
        for i in range(rows):
            s += row[i]
        gradient[place + unit] += s


@sums
def dot(a, b):
    """The sum of products of two rows."""
    s = like(a, 0.0)
    for i in range(a.size):
        s += a[i] * b[i]
    return s


@exact
def times(source, factor, target):
    """target = source * factor."""
    for i in range(source.size):
        target[i] = source[i] * factor[i]


@exact
def plus(source, other, target):
    """target = source + other."""
    for i in range(source.size):
        target[i] = source[i] + other[i]


@exact
def take(source, target, add):
    """target = source, or target += source where add is not 0."""
    if add:
        for i in range(source.size):
            target[i] += source[i]
    else:
        for i in range(source.size):
            target[i] = source[i]


@exact
def maxout(buffers, x, y, units, pieces, stride, rows):
    """y_u = the largest of x_(u pieces) .. x_(u pieces + pieces - 1)."""
    for unit in range(units):
        out = buffers[y + unit * stride : y + unit * stride + rows]
        take(buffers[x + unit * pieces * stride : x + unit * pieces * stride + rows], out, like(stride, 0))
        for piece in range(1, pieces):
            start = x + (unit * pieces + piece) * stride
            z = buffers[start : start + rows]
            for i in range(rows):
                out[i] = z[i] if z[i] > out[i] else out[i]


@exact
def maxout_back(buffers, x, y, dx, dy, units, pieces, stride, rows):
    """Writes dx: the largest piece gets the gradient, equal ones share it."""
    for unit in range(units):
        for i in range(rows):
            best, ties = buffers[y + unit * stride + i], 0
            for piece in range(pieces):
                ties += buffers[x + (unit * pieces + piece) * stride + i] == best
            share = buffers[dy + unit * stride + i] / like(buffers, ties if ties > 0 else 1)
            for piece in range(pieces):
                place = (unit * pieces + piece) * stride + i
                buffers[dx + place] = share if buffers[x + place] == best else like(buffers, 0.0)


@exact
def layer_norm(buffers, arena, x, y, normal, gain, bias, units, epsilon, scratch, stride, rows):
    """y = (x - mean) / sqrt(variance + epsilon) * gain + bias over units.

    The normalized values stay in the `normal` rows, 1 / sqrt(variance + epsilon) in one more row after them.
    """
    mean, inverse = scratch[:rows], buffers[normal + units * stride : normal + units * stride + rows]
    zero, count = like(buffers, 0.0), like(buffers, units)
    mean[:], inverse[:] = zero, zero
    for unit in range(units):
        plus(mean, buffers[x + unit * stride : x + unit * stride + rows], mean)
    for i in range(rows):
        mean[i] /= count
    for unit in range(units):
        z = buffers[x + unit * stride : x + unit * stride + rows]
        for i in range(rows):
            inverse[i] += (z[i] - mean[i]) * (z[i] - mean[i])
    for i in range(rows):
        inverse[i] = like(buffers, 1.0) / root(inverse[i] / count + epsilon)
    for unit in range(units):
        z = buffers[x + unit * stride : x + unit * stride + rows]
        n = buffers[normal + unit * stride : normal + unit * stride + rows]
        h = buffers[y + unit * stride : y + unit * stride + rows]
        a = arena[gain + unit] if gain >= 0 else like(arena, 1.0)
        b = arena[bias + unit] if bias >= 0 else zero
        for i in range(rows):
            n[i] = (z[i] - mean[i]) * inverse[i]
            h[i] = n[i] * a + b


@exact
def layer_norm_gains(buffers, gradient, dy, normal, gain, bias, units, stride, rows):
    """Adds to the gradients of gains and biases."""
    for unit in range(units):
        d = buffers[dy + unit * stride : dy + unit * stride + rows]
        if gain >= 0:
            gradient[gain + unit] += dot(d, buffers[normal + unit * stride : normal + unit * stride + rows])
        if bias >= 0:
            gradient[bias + unit] += total(d)


@exact
def layer_norm_back(buffers, arena, dx, dy, add, normal, gain, units, scratch, stride, rows):
    """Writes dx or adds to it: (g - mean(g) - normal mean(g normal)) / sqrt(variance + epsilon) with g = dy gain."""
    first, second = scratch[:rows], scratch[stride : stride + rows]
    inverse = buffers[normal + units * stride : normal + units * stride + rows]
    count = like(buffers, units)
    first[:], second[:] = like(buffers, 0.0), like(buffers, 0.0)
    for unit in range(units):
        d = buffers[dy + unit * stride : dy + unit * stride + rows]
        n = buffers[normal + unit * stride : normal + unit * stride + rows]
        a = (arena[gain + unit] if gain >= 0 else like(arena, 1.0)) / count
        for i in range(rows):
            first[i] += d[i] * a
            second[i] += d[i] * a * n[i]
    for unit in range(units):
        d = buffers[dy + unit * stride : dy + unit * stride + rows]
        n = buffers[normal + unit * stride : normal + unit * stride + rows]
        t = buffers[dx + unit * stride : dx + unit * stride + rows]
        a = arena[gain + unit] if gain >= 0 else like(arena, 1.0)
        for i in range(rows):
            value = (d[i] * a - first[i] - n[i] * second[i]) * inverse[i]
            t[i] = t[i] + value if add else value


@exact
def table(buffers, arena, constants, x, y, weight, width, starts, columns, stride, rows):
    """Row `code + start of the column` of a table, for each code column; its numbers lie one below the other."""
    for column in range(columns):
        start = int(constants[starts + column])
        for i in range(rows):
            row = weight + (start + int(buffers[x + column * stride + i])) * width
            for j in range(width):
                buffers[y + (column * width + j) * stride + i] = arena[row + j]


@exact
def table_back(buffers, gradient, constants, x, dy, weight, width, starts, columns, stride, rows):
    """Adds to the table's gradient; codes have none."""
    for column in range(columns):
        start = int(constants[starts + column])
        for i in range(rows):
            row = weight + (start + int(buffers[x + column * stride + i])) * width
            for j in range(width):
                gradient[row + j] += buffers[dy + (column * width + j) * stride + i]


@exact
def pieces(buffers, constants, x, y, knots, features, bins, room, stride, rows):
    """e_t(x) = (x - k_(t-1)) / (k_t - k_(t-1)), cut to 0 .. 1 inside; then x itself."""
    zero, one = like(buffers, 0.0), like(buffers, 1.0)
    for feature in range(features):
        z = buffers[x + feature * stride : x + feature * stride + rows]
        for t in range(bins):
            low, high = constants[knots + feature * (bins + 1) + t], constants[knots + feature * (bins + 1) + t + 1]
            e = buffers[y + (feature * room + t) * stride : y + (feature * room + t) * stride + rows]
            for i in range(rows):
                v = (z[i] - low) / (high - low)
                v = zero if v < zero and t > 0 else v
                e[i] = one if v > one and t < bins - 1 else v
        last = y + (feature * room + bins) * stride
        take(z, buffers[last : last + rows], like(stride, 0))
