"""Rules for layers that stand anywhere in a machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from isinglass.learning.plans.kernel import codes
from isinglass.learning.plans.kernel import program as op
from isinglass.learning.plans.kernel.lowering.reader import Reader, Rule, Unreadable, dense, grid
from isinglass.learning.plans.kernel.program import NONE, Rows


def sequential(reader: Reader, module: Any, x: Rows) -> Rows:
    for layer in module:
        x = reader.layer(layer, x)
    return x


def identity(reader: Reader, module: Any, x: Rows) -> Rows:
    return x


def linear(reader: Reader, module: Any, x: Rows) -> Rows:
    y = reader.writer.output(module.out_features)
    weight, stride = reader.writer.matrix(module.out_features, module.in_features)
    reader.place(module.weight, weight + grid((module.out_features, stride), (module.in_features, 1)))
    bias = NONE
    if module.bias is not None:
        bias = reader.writer.vector(module.out_features)
        reader.place(module.bias, bias + np.arange(module.out_features))
    dense(reader.writer, x, y, weight, stride, bias)
    return y


def activation(code: int, constant: Callable[[Any], float] | None = None) -> Rule:
    def rule(reader: Reader, module: Any, x: Rows) -> Rows:
        y = in_place(reader, x)
        reader.writer.emit(op.ACTIVATE, x, y, code=code, number=constant(module) if constant else 0.0)
        return y

    return rule


def in_place(reader: Reader, x: Rows) -> Rows:
    """Rows for the output of an elementwise layer; its gradient is turned into x's on the spot."""
    if x.shared:
        raise Unreadable("an elementwise layer may not be the first of a residual block")
    return Rows(reader.writer.buffer(x.count), x.count, x.gradient)


def gelu(reader: Reader, module: Any, x: Rows) -> Rows:
    if module.approximate != "none":
        raise Unreadable("the kernel knows GELU by erf only")
    return activation(codes.GELU)(reader, module, x)


def softplus(reader: Reader, module: Any, x: Rows) -> Rows:
    return activation(codes.SOFTPLUS, lambda m: m.beta)(reader, module, x)


def dropout(reader: Reader, module: Any, x: Rows) -> Rows:
    y = in_place(reader, x)
    mask = reader.writer.buffer(x.count)
    number = float(module.p)
    reader.writer.emit(op.DROPOUT, x, y, other=mask, code=reader.dropouts[id(module)], number=number)
    return y


def maxout(reader: Reader, module: Any, x: Rows) -> Rows:
    y = reader.writer.output(x.count // module.pieces)
    reader.writer.emit(op.MAXOUT, x, y, extra=module.pieces)
    return y


def residual(reader: Reader, module: Any, x: Rows) -> Rows:
    # Backwards the shortcut comes first and leaves its gradient in x's rows; the block then adds its own.
    inner = reader.layer(module.inner, replace(x, shared=x.gradient != NONE))
    shortcut = reader.layer(module.shortcut, x)
    if inner.first == x.first or inner.gradient == shortcut.gradient:
        raise Unreadable("a residual block without layers")
    y = reader.writer.output(inner.count)
    reader.writer.emit(op.ADD, inner, y, other=shortcut.first, d_other=shortcut.gradient)
    return y


def layer_norm(reader: Reader, module: Any, x: Rows) -> Rows:
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
