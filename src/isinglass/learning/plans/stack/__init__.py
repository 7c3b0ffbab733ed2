"""Stacked forms by layer type: to add one, write it in a file here and add a line to `STACKED`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn

from isinglass.learning.network import Network
from isinglass.learning.plans.plan import State
from isinglass.learning.plans.stack.containers import Chain, Columns, Fork
from isinglass.learning.plans.stack.dense import Dense
from isinglass.learning.plans.stack.dropout import StackedDropout
from isinglass.learning.plans.stack.elementwise import RULES, Elementwise, Identity
from isinglass.learning.plans.stack.embeddings import categorical, periodic, periodic_relu, piecewise
from isinglass.learning.plans.stack.layer import Formula, Layer, Place, Seen
from isinglass.learning.plans.stack.layer import Pass as Pass
from isinglass.learning.plans.stack.normalization import batch_norm, layer_norm
from isinglass.machine.layers import (
    BatchNorm,
    CategoricalEmbedding,
    Chebyshev,
    Dropout,
    Encoder,
    Maxout,
    OneHot,
    PeriodicEmbedding,
    PeriodicReluEmbedding,
    PiecewiseEmbedding,
    Residual,
    Step,
    dropout_layers,
)

Maker = Callable[..., Layer]


def sequential(layer: nn.Sequential, place: Place) -> Layer:
    """`nn.Sequential`: its layers in a chain."""
    return Chain([make(child, place.child(name)) for name, child in layer.named_children()])


def residual(layer: Residual, place: Place) -> Layer:
    """`Residual`: the block and the shortcut."""
    return Fork(make(layer.inner, place.child("inner")), make(layer.shortcut, place.child("shortcut")))


def encoder(layer: Encoder, place: Place) -> Layer:
    """`Encoder`: numeric columns and code columns."""
    codes = None if layer.categorical is None else make(layer.categorical, place.child("categorical"))
    return Columns(layer.numeric_features, make(layer.numeric, place.child("numeric")), codes)


def same_for_all(seen: Seen, x: Tensor) -> Tensor:
    """A layer without parameters that works on the last axis: the member axis is one more leading axis."""
    return seen.layer(x)


STACKED: dict[type[nn.Module], Maker] = {
    nn.Sequential: sequential,
    Residual: residual,
    Encoder: encoder,
    nn.Linear: Dense,
    nn.Identity: Identity,
    Dropout: StackedDropout,
    nn.LayerNorm: partial(Formula, layer_norm),
    BatchNorm: partial(Formula, batch_norm),
    CategoricalEmbedding: partial(Formula, categorical),
    PeriodicEmbedding: partial(Formula, periodic),
    PeriodicReluEmbedding: partial(Formula, periodic_relu),
    PiecewiseEmbedding: partial(Formula, piecewise),
    **dict.fromkeys((Maxout, OneHot, Step, Chebyshev, nn.Softmax), partial(Formula, same_for_all)),
    **dict.fromkeys(RULES, Elementwise),
}
"""`STACKED[type(layer)](layer, place) -> Layer`. The exact type counts: a subclass may do something else."""


def make(layer: nn.Module, place: Place) -> Layer:
    """The stacked form of a layer."""
    return STACKED[type(layer)](layer, place)


def stack(
    network: Network, state: State, gradient: Tensor | None, precision: str, dropout: Tensor | None = None
) -> Chain:
    """The network's machine for all members of a state; gradients are written to `gradient` `[member, P]`, `dropout` is
    that of `Work`."""
    place = Place(
        name="",
        dropout=dropout,
        state=state,
        parameters=network.layout.views(state.theta),
        gradients={} if gradient is None else network.layout.views(gradient),
        dropouts={name: i for i, name in enumerate(dropout_layers(network.machine))},
        precision=precision,
    )
    return Chain([make(network.machine, place)])


def reason_against(machine: nn.Module) -> str | None:
    """Why a machine has no stacked form, or None."""
    unknown = [layer for layer in machine.modules() if type(layer) not in STACKED]
    if unknown:
        return f"no stacked form of {type(unknown[0]).__name__}"
    if len(list(machine.named_parameters(remove_duplicate=False))) != len(list(machine.parameters())):
        return "a parameter is used twice"
    if any(not p.requires_grad for p in machine.parameters()):
        return "frozen parameters"
    return None
