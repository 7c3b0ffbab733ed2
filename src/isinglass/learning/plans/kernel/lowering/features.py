"""Rules for what makes numbers of features: encoders and embeddings, which stand at the beginning of a machine."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from isinglass.learning.plans.kernel import codes
from isinglass.learning.plans.kernel import program as op
from isinglass.learning.plans.kernel.lowering.layers import activation
from isinglass.learning.plans.kernel.lowering.reader import Reader, Unreadable, dense, grid
from isinglass.learning.plans.kernel.program import NONE, Rows
from isinglass.machine import layers

NUMERIC = (nn.Identity, layers.PeriodicEmbedding, layers.PeriodicReluEmbedding, layers.PiecewiseEmbedding)
"""What numeric features may go through in an encoder: these read feature by feature."""


def encoder(reader: Reader, module: Any, x: Rows) -> Rows:
    if x.gradient != NONE:
        raise Unreadable("an encoder must be the first layer")
    if type(module.numeric) not in NUMERIC:
        raise Unreadable(f"the kernel has no rule for {type(module.numeric).__name__} in an encoder")
    numeric = reader.layer(module.numeric, Rows(x.first, module.numeric_features))
    if module.categorical is None:
        return numeric
    codes = Rows(x.first + module.numeric_features, x.count - module.numeric_features)
    if numeric.count == 0:
        return reader.layer(module.categorical, codes)
    return _joined(reader, numeric, reader.layer(module.categorical, codes))


def _joined(reader: Reader, first: Rows, second: Rows) -> Rows:
    y = reader.writer.output(first.count + second.count)
    start = 0
    for part in (first, second):
        rows = Rows(y.first + start, part.count, y.gradient + start)
        reader.writer.emit(op.COPY, part, rows)
        start += part.count
    return y


def categorical(reader: Reader, module: Any, x: Rows) -> Rows:
    y = reader.writer.output(x.count * module.width)
    rows = int(sum(module.cardinalities))
    table = reader.writer.vector(rows * module.width)
    reader.place(module.table, table + np.arange(rows * module.width))
    starts = len(reader.writer.constants)
    reader.writer.constants += [float(start) for start in module.offsets.tolist()]
    reader.writer.emit(op.TABLE, x, y, weight=table, stride=module.width, extra=starts)
    return y


def periodic(reader: Reader, module: Any, x: Rows) -> Rows:
    """Waves of all features, then a dense layer of its own for each feature, next to the feature itself."""
    features, count = module.frequency.shape
    room = reader.writer.whole(count)
    phase = reader.writer.vector(features * count)
    reader.place(module.phase, phase + np.arange(features * count))
    return _waves(reader, module, x, code=codes.COS, extra=count, phase=phase, room=2 * room, second=room)


def periodic_relu(reader: Reader, module: Any, x: Rows) -> Rows:
    count = module.frequency.shape[1]
    room = reader.writer.whole(2 * count)
    mixed = _waves(reader, module, x, code=codes.SIN_COS, extra=count, phase=NONE, room=room, second=count)
    return activation(codes.RELU)(reader, module, mixed)


def _waves(reader: Reader, module: Any, x: Rows, **fields: int) -> Rows:
    """The embedding in one operation (`kernel.waves`); V_f lies transposed in the arena: a row an output."""
    if x.gradient != NONE:
        raise Unreadable("a numeric embedding must be the first layer")
    writer, (features, waves, width) = reader.writer, module.weight.shape
    room = fields["room"]
    frequency = writer.vector(module.frequency.numel())
    reader.place(module.frequency, frequency + np.arange(module.frequency.numel()))
    weight, stride = writer.matrix(features * width, waves)
    bias = writer.vector(features * width)
    reader.place(module.weight, weight + grid((features, width * stride), (waves, 1), (width, stride)))
    reader.place(module.bias, bias + np.arange(features * width))
    y = writer.output(features * module.width)
    # Backwards: the transposed waves, the slopes times x, and two small products of these.
    writer.transposed = max(writer.transposed, room + width + -(-2 * width * room // writer.lanes))
    writer.emit(
        op.WAVES, x, y, weight=weight, bias=bias, stride=stride, frequency=frequency,
        other=writer.buffer(features * room), **fields,
    )  # fmt: skip
    return y


def piecewise(reader: Reader, module: Any, x: Rows) -> Rows:
    """The pieces of each feature and the feature itself, then a dense layer of its own for each feature."""
    if x.gradient != NONE:
        raise Unreadable("a numeric embedding must be the first layer")
    writer, features, bins, width = reader.writer, module.features, module.bins, module.width
    room = writer.whole(bins + 1)
    pieces = Rows(writer.buffer(features * room), bins)
    knots = len(writer.constants)
    writer.own.append((reader.names[id(module.knots)], knots))
    writer.constants += module.knots.double().flatten().tolist()
    writer.emit(op.PIECES, x, pieces, extra=knots, stride=room)
    y = writer.output(features * width)
    weight, stride = writer.matrix(features * width, bins + 1)
    bias = writer.vector(features * width)
    reader.place(module.weight, weight + grid((features, width * stride), (bins, 1), (width, stride)))
    reader.place(module.slope, weight + bins + grid((features, width * stride), (width, stride)))
    reader.place(module.bias, bias + np.arange(features * width))
    for f in range(features):
        target = Rows(y.first + f * width, width, y.gradient + f * width)
        dense(
            writer,
            Rows(pieces.first + f * room, bins + 1),
            target,
            weight + f * width * stride,
            stride,
            bias + f * width,
        )
    return y
