"""Reads an `nn.Module` into a `Program`. To teach the kernel a layer: a rule, and its line here."""

from __future__ import annotations

from torch import nn

from isinglass.learning.parameters.flat_params import Layout
from isinglass.learning.plans.kernel import codes
from isinglass.learning.plans.kernel.lowering.features import categorical, encoder, periodic, periodic_relu, piecewise
from isinglass.learning.plans.kernel.lowering.layers import (
    activation,
    dropout,
    gelu,
    identity,
    layer_norm,
    linear,
    maxout,
    residual,
    sequential,
    softplus,
)
from isinglass.learning.plans.kernel.lowering.reader import Reader, Rule
from isinglass.learning.plans.kernel.lowering.reader import Unreadable as Unreadable
from isinglass.learning.plans.kernel.program import NONE, Program, Rows, Writer
from isinglass.machine import layers

RULES: dict[type[nn.Module], Rule] = {
    nn.Sequential: sequential,
    nn.Identity: identity,
    nn.Linear: linear,
    nn.Sigmoid: activation(codes.SIGMOID),
    nn.Tanh: activation(codes.TANH),
    nn.ReLU: activation(codes.RELU),
    nn.LeakyReLU: activation(codes.LEAKY_RELU, lambda module: module.negative_slope),
    nn.ELU: activation(codes.ELU, lambda module: module.alpha),
    nn.SELU: activation(codes.SELU),
    nn.GELU: gelu,
    nn.SiLU: activation(codes.SILU),
    nn.Mish: activation(codes.MISH),
    nn.Softplus: softplus,
    nn.LayerNorm: layer_norm,
    layers.Dropout: dropout,
    layers.Maxout: maxout,
    layers.Residual: residual,
    layers.Encoder: encoder,
    layers.CategoricalEmbedding: categorical,
    layers.PeriodicEmbedding: periodic,
    layers.PeriodicReluEmbedding: periodic_relu,
    layers.PiecewiseEmbedding: piecewise,
}


def read(machine: nn.Module, layout: Layout, features: int, lanes: int) -> Program:
    """The machine as a program for `features` inputs.

    Raises:
        Unreadable: with the reason, in half a sentence.
    """
    reader = Reader(machine, layout, Writer(lanes), RULES)
    writer = reader.writer
    inputs = Rows(writer.buffer(features), features)
    outputs = reader.layer(machine, inputs)
    program = writer.program(inputs, outputs, layout.size)
    if (program.position == NONE).any():
        raise Unreadable("the machine has parameters outside the layers that the kernel knows")
    if outputs.gradient == NONE:
        raise Unreadable("the machine has nothing to learn")
    return program
