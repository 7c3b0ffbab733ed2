"""Every neuron of a network's dense layers: its sum, its activation, their gradients, and what its weights will do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from isinglass.explanation.trace.graph import Graph, Node
from isinglass.explanation.trace.numbers import Numbers, numbers
from isinglass.explanation.trace.passes.backward import ELEMENTWISE


@dataclass(frozen=True)
class Neuron:
    """One neuron for one row.

    Args:
        number: its place in the layer, from 1.
        sum: w . x + b.
        activation: what it passes on; the sum itself where the layer has no activation.
        gradient: d result / d sum.
        gradient_of_activation: d result / d activation.
        weights, weight_gradients, weight_updates: `[input]`.
        bias, bias_gradient, bias_update: None where the layer has no bias, or nothing flows back, or is updated.
    """

    number: int
    sum: Numbers
    activation: Numbers
    gradient: Numbers | None
    gradient_of_activation: Numbers | None
    weights: Numbers
    weight_gradients: Numbers | None
    weight_updates: Numbers | None
    bias: Numbers | None
    bias_gradient: Numbers | None
    bias_update: Numbers | None


@dataclass(frozen=True)
class Layer:
    """A dense layer: its name, its activation's, the names of what it sees, and its neurons."""

    name: str
    activation: str
    inputs: tuple[str, ...]
    neurons: tuple[Neuron, ...]


def layers(trace: Graph) -> tuple[Layer, ...]:
    """The dense layers of an unfolded trace of one row; layers that see several rows at once have no single neurons."""
    return tuple(layer for node in trace.nodes if node.operation == "linear" for layer in _layer(trace, node))


def _layer(trace: Graph, node: Node) -> Iterator[Layer]:
    sources = {trace.node(edge.source).name: trace.node(edge.source) for edge in trace.into(node)}
    parameters = [source for source in sources.values() if source.kind == "parameter"]
    weight = next((source for source in parameters if len(source.value.shape) == 2), None)
    units = node.value.shape[-1] if node.value.shape else 0
    if weight is None or node.value.size != units or node.value.values is None:
        return
    bias = next((source for source in parameters if len(source.value.shape) == 1), None)
    active = _activation(trace, node)
    seen = next((source for source in sources.values() if source.kind != "parameter"), None)
    inputs = seen.labels if seen is not None and len(seen.labels) == weight.value.shape[1] else ()
    neurons = tuple(_neuron(k, node, active, (weight, bias)) for k in range(units))
    yield Layer(node.name, "" if active is node else active.operation.removesuffix("_"), inputs, neurons)


def _activation(trace: Graph, node: Node) -> Node:
    """The elementwise operation that alone takes the sum; the sum itself where there is none."""
    users = trace.out_of(node)
    if len(users) != 1:
        return node
    user = trace.node(users[0].target)
    fits = user.operation.removesuffix("_") in ELEMENTWISE and user.value.shape == node.value.shape
    return user if fits and len(trace.into(user)) == 1 else node


def _neuron(k: int, node: Node, active: Node, parameters: tuple[Node, Node | None]) -> Neuron:
    weight, bias = parameters
    value, activation = _element(node.value, k), _element(active.value, k)
    weights = _row(weight.value, k)
    assert value is not None
    assert activation is not None
    assert weights is not None
    return Neuron(
        number=k + 1,
        sum=value,
        activation=activation,
        gradient=_element(node.gradient, k),
        gradient_of_activation=_element(active.gradient, k),
        weights=weights,
        weight_gradients=_row(weight.gradient, k),
        weight_updates=_row(weight.update, k),
        bias=None if bias is None else _element(bias.value, k),
        bias_gradient=None if bias is None else _element(bias.gradient, k),
        bias_update=None if bias is None else _element(bias.update, k),
    )


def _element(array: Numbers | None, k: int) -> Numbers | None:
    return _picked(array, lambda values: values.reshape(-1)[k])


def _row(array: Numbers | None, k: int) -> Numbers | None:
    return _picked(array, lambda values: values[k])


def _picked(array: Numbers | None, pick: Callable[[np.ndarray], np.ndarray]) -> Numbers | None:
    if array is None or array.values is None:
        return None
    return numbers(pick(array.values), spread=None if array.spread is None else np.asarray(pick(array.spread)))
