"""Rules for what makes numbers of features: encoders and embeddings, which stand at the beginning of a machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from isinglass.learning.plans.kernel import codes
from isinglass.learning.plans.kernel import program as op
from isinglass.learning.plans.kernel.program import NONE, Rows
from isinglass.learning.plans.kernel.reading.layers import activation
from isinglass.learning.plans.kernel.reading.reader import Reader, Unreadable, dense, grid
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
    y = reader.writer.output(features * module.width)
    waves, room = _waves(reader, module, x, codes.COS)
    for f in range(features):
        x_f = Rows(x.first + f, 1)
        reader.writer.emit(op.COPY, x_f, Rows(y.first + f * module.width, 1, y.gradient + f * module.width))
    _each_feature(reader, module, waves, room, y, skip=1, wave_count=count)
    return y


def periodic_relu(reader: Reader, module: Any, x: Rows) -> Rows:
    features, count = module.frequency.shape
    mixed = reader.writer.output(features * module.width)
    waves, room = _waves(reader, module, x, codes.SIN_COS)
    _each_feature(reader, module, waves, room, mixed, skip=0, wave_count=2 * count)
    return activation(codes.RELU)(reader, module, mixed)


def _waves(reader: Reader, module: Any, x: Rows, code: int) -> tuple[Rows, int]:
    """Rows of each feature's waves, `room` (whole vectors) rows a feature."""
    if x.gradient != NONE:
        raise Unreadable("a numeric embedding must be the first layer")
    features, count = module.frequency.shape
    room = reader.writer.whole(count * (1 if code == codes.COS else 2))
    waves = replace(reader.writer.output(features * room), count=count)
    frequency = reader.writer.vector(features * count)
    reader.place(module.frequency, frequency + np.arange(features * count))
    phase = NONE
    if code == codes.COS:
        phase = reader.writer.vector(features * count)
        reader.place(module.phase, phase + np.arange(features * count))
    angle = reader.writer.buffer(count * features)
    reader.writer.emit(
        op.WAVES, x, waves, weight=frequency, bias=phase, stride=count, extra=room, code=code, other=angle
    )
    return waves, room


def _each_feature(reader: Reader, module: Any, waves: Rows, room: int, y: Rows, *, skip: int, wave_count: int) -> None:
    """y_f = V_f waves_f + c_f for each feature; V_f lies transposed in the arena: a row an output."""
    features, width = module.weight.shape[0], module.weight.shape[-1]
    writer = reader.writer
    weight, stride = writer.matrix(features * width, wave_count)
    bias = writer.vector(features * width)
    reader.place(module.weight, weight + grid((features, width * stride), (wave_count, 1), (width, stride)))
    reader.place(module.bias, bias + np.arange(features * width))
    for f in range(features):
        rows = f * (width + skip) + skip
        source = Rows(waves.first + f * room, wave_count, waves.gradient + f * room)
        target = Rows(y.first + rows, width, y.gradient + rows)
        dense(writer, source, target, weight + f * width * stride, stride, bias + f * width)


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
