"""Reads an `nn.Module` into a `Program`: one rule a layer type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import nn

from isinglass.learning.layout import Layout
from isinglass.learning.plans.kernel import codes
from isinglass.learning.plans.kernel import program as op
from isinglass.learning.plans.kernel.program import NONE, Program, Rows, Writer
from isinglass.machine import layers


class Unreadable(Exception):  # noqa: N818
    """The machine holds something that the kernel does not know; the message says what."""


def read(machine: nn.Module, layout: Layout, features: int, lanes: int) -> Program:
    """The machine as a program for `features` inputs.

    Raises:
        Unreadable: with the reason, in half a sentence.
    """
    reader = Reader(machine, layout, Writer(lanes))
    writer = reader.writer
    inputs = Rows(writer.buffer(features), features)
    outputs = reader.layer(machine, inputs)
    program = writer.program(inputs, outputs, layout.size)
    if (program.position == NONE).any():
        raise Unreadable("the machine has parameters outside the layers that the kernel knows")
    if outputs.gradient == NONE:
        raise Unreadable("the machine has nothing to learn")
    return program


@dataclass
class Reader:
    """Walks through a machine, writing as it goes."""

    machine: nn.Module
    layout: Layout
    writer: Writer

    def __post_init__(self) -> None:
        offsets = {slot.name: slot.offset for slot in self.layout.slots}
        named = self.machine.named_parameters()
        self.offsets = {id(parameter): offsets[name] for name, parameter in named if name in offsets}
        self.names = {id(buffer): name for name, buffer in self.machine.named_buffers()}
        dropouts = layers.dropout_layers(self.machine).values()
        self.dropouts = {id(layer): index for index, layer in enumerate(dropouts)}

    def layer(self, module: nn.Module, x: Rows) -> Rows:
        """Write one layer that reads x; returns the rows of its output."""
        rule = RULES.get(type(module))
        if rule is None:
            raise Unreadable(f"the kernel has no rule for {type(module).__name__}")
        return rule(self, module, x)

    def place(self, parameter: Any, places: Any) -> None:
        """Say where a parameter's values lie in the arena."""
        offset = self.offsets.get(id(parameter))
        if offset is None or offset in self.writer.places:
            raise Unreadable("the kernel knows neither frozen nor shared parameters")
        self.writer.put(offset, places)


def _sequential(reader: Reader, module: Any, x: Rows) -> Rows:
    for layer in module:
        x = reader.layer(layer, x)
    return x


def _identity(reader: Reader, module: Any, x: Rows) -> Rows:
    return x


def _linear(reader: Reader, module: Any, x: Rows) -> Rows:
    y = reader.writer.output(module.out_features)
    weight, stride = reader.writer.matrix(module.out_features, module.in_features)
    reader.place(module.weight, weight + _grid((module.out_features, stride), (module.in_features, 1)))
    bias = NONE
    if module.bias is not None:
        bias = reader.writer.vector(module.out_features)
        reader.place(module.bias, bias + np.arange(module.out_features))
    _dense(reader.writer, x, y, weight, stride, bias)
    return y


def _dense(writer: Writer, x: Rows, y: Rows, weight: int, stride: int, bias: int) -> None:
    writer.transposed = max(writer.transposed, stride)
    writer.emit(op.DENSE, x, y, weight=weight, stride=stride, bias=bias)


def _grid(*axes: tuple[int, int]) -> np.ndarray:
    """Offsets of an array with axes (length, step)."""
    total = np.zeros((), dtype=np.int64)
    for length, step in axes:
        total = total[..., None] + step * np.arange(length)
    return total


def _activation(code: int, constant: Callable[[Any], float] | None = None) -> Callable[[Reader, Any, Rows], Rows]:
    def rule(reader: Reader, module: Any, x: Rows) -> Rows:
        y = _in_place(reader, x)
        reader.writer.emit(op.ACTIVATE, x, y, code=code, number=constant(module) if constant else 0.0)
        return y

    return rule


def _in_place(reader: Reader, x: Rows) -> Rows:
    """Rows for the output of an elementwise layer; its gradient is turned into x's on the spot."""
    if x.shared:
        raise Unreadable("an elementwise layer may not be the first of a residual block")
    return Rows(reader.writer.buffer(x.count), x.count, x.gradient)


def _gelu(reader: Reader, module: Any, x: Rows) -> Rows:
    if module.approximate != "none":
        raise Unreadable("the kernel knows GELU by erf only")
    return _activation(codes.GELU)(reader, module, x)


def _softplus(reader: Reader, module: Any, x: Rows) -> Rows:
    return _activation(codes.SOFTPLUS, lambda m: m.beta)(reader, module, x)


def _dropout(reader: Reader, module: Any, x: Rows) -> Rows:
    y = _in_place(reader, x)
    mask = reader.writer.buffer(x.count)
    number = float(module.p)
    reader.writer.emit(op.DROPOUT, x, y, other=mask, code=reader.dropouts[id(module)], number=number)
    return y


def _maxout(reader: Reader, module: Any, x: Rows) -> Rows:
    y = reader.writer.output(x.count // module.pieces)
    reader.writer.emit(op.MAXOUT, x, y, extra=module.pieces)
    return y


def _residual(reader: Reader, module: Any, x: Rows) -> Rows:
    # Backwards the shortcut comes first and leaves its gradient in x's rows; the block then adds its own.
    inner = reader.layer(module.inner, replace(x, shared=x.gradient != NONE))
    shortcut = reader.layer(module.shortcut, x)
    if inner.first == x.first or inner.gradient == shortcut.gradient:
        raise Unreadable("a residual block without layers")
    y = reader.writer.output(inner.count)
    reader.writer.emit(op.ADD, inner, y, other=shortcut.first, d_other=shortcut.gradient)
    return y


def _layer_norm(reader: Reader, module: Any, x: Rows) -> Rows:
    if tuple(module.normalized_shape) != (x.count,):
        raise Unreadable("the kernel normalizes over all units of a layer only")
    y = reader.writer.output(x.count)
    gain = bias = NONE
    if module.elementwise_affine:
        gain = reader.writer.vector(x.count)
        reader.place(module.weight, gain + np.arange(x.count))
    if module.elementwise_affine and module.bias is not None:
        bias = reader.writer.vector(x.count)
        reader.place(module.bias, bias + np.arange(x.count))
    normal = reader.writer.buffer(x.count + 1)
    reader.writer.emit(op.LAYER_NORM, x, y, weight=gain, bias=bias, other=normal, number=module.eps)
    return y


def _encoder(reader: Reader, module: Any, x: Rows) -> Rows:
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


def _categorical(reader: Reader, module: Any, x: Rows) -> Rows:
    y = reader.writer.output(x.count * module.width)
    rows = int(sum(module.cardinalities))
    table = reader.writer.vector(rows * module.width)
    reader.place(module.table, table + np.arange(rows * module.width))
    starts = len(reader.writer.constants)
    reader.writer.constants += [float(start) for start in module.offsets.tolist()]
    reader.writer.emit(op.TABLE, x, y, weight=table, stride=module.width, extra=starts)
    return y


def _periodic(reader: Reader, module: Any, x: Rows) -> Rows:
    """Waves of all features, then a dense layer of its own for each feature, next to the feature itself."""
    features, count = module.frequency.shape
    y = reader.writer.output(features * module.width)
    waves, room = _waves(reader, module, x, codes.COS)
    for f in range(features):
        x_f = Rows(x.first + f, 1)
        reader.writer.emit(op.COPY, x_f, Rows(y.first + f * module.width, 1, y.gradient + f * module.width))
    _each_feature(reader, module, waves, room, y, skip=1, wave_count=count)
    return y


def _periodic_relu(reader: Reader, module: Any, x: Rows) -> Rows:
    features, count = module.frequency.shape
    mixed = reader.writer.output(features * module.width)
    waves, room = _waves(reader, module, x, codes.SIN_COS)
    _each_feature(reader, module, waves, room, mixed, skip=0, wave_count=2 * count)
    return _activation(codes.RELU)(reader, module, mixed)


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
    reader.place(module.weight, weight + _grid((features, width * stride), (wave_count, 1), (width, stride)))
    reader.place(module.bias, bias + np.arange(features * width))
    for f in range(features):
        rows = f * (width + skip) + skip
        source = Rows(waves.first + f * room, wave_count, waves.gradient + f * room)
        target = Rows(y.first + rows, width, y.gradient + rows)
        _dense(writer, source, target, weight + f * width * stride, stride, bias + f * width)


def _piecewise(reader: Reader, module: Any, x: Rows) -> Rows:
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
    reader.place(module.weight, weight + _grid((features, width * stride), (bins, 1), (width, stride)))
    reader.place(module.slope, weight + bins + _grid((features, width * stride), (width, stride)))
    reader.place(module.bias, bias + np.arange(features * width))
    for f in range(features):
        target = Rows(y.first + f * width, width, y.gradient + f * width)
        _dense(
            writer,
            Rows(pieces.first + f * room, bins + 1),
            target,
            weight + f * width * stride,
            stride,
            bias + f * width,
        )
    return y


NUMERIC = (nn.Identity, layers.PeriodicEmbedding, layers.PeriodicReluEmbedding, layers.PiecewiseEmbedding)
"""What numeric features may go through in an encoder: these read feature by feature."""

RULES: dict[type[nn.Module], Callable[[Reader, Any, Rows], Rows]] = {
    nn.Sequential: _sequential,
    nn.Identity: _identity,
    nn.Linear: _linear,
    nn.Sigmoid: _activation(codes.SIGMOID),
    nn.Tanh: _activation(codes.TANH),
    nn.ReLU: _activation(codes.RELU),
    nn.LeakyReLU: _activation(codes.LEAKY_RELU, lambda module: module.negative_slope),
    nn.ELU: _activation(codes.ELU, lambda module: module.alpha),
    nn.SELU: _activation(codes.SELU),
    nn.GELU: _gelu,
    nn.SiLU: _activation(codes.SILU),
    nn.Mish: _activation(codes.MISH),
    nn.Softplus: _softplus,
    nn.LayerNorm: _layer_norm,
    layers.Dropout: _dropout,
    layers.Maxout: _maxout,
    layers.Residual: _residual,
    layers.Encoder: _encoder,
    layers.CategoricalEmbedding: _categorical,
    layers.PeriodicEmbedding: _periodic,
    layers.PeriodicReluEmbedding: _periodic_relu,
    layers.PiecewiseEmbedding: _piecewise,
}
"""A rule writes a layer that reads rows x, and returns the rows of its output."""
