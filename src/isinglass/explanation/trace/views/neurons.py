"""The neurons of a dense layer as tables: what each says, and what its weights will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isinglass.explanation.trace.neurons import Layer, Neuron
from isinglass.explanation.trace.views.labels import short

if TYPE_CHECKING:
    from rich.table import Table


def neuron_tables(layer: Layer, *, most: int | None = None) -> list[object]:
    """A heading, a table of sums and activations, one of weights, and a line for the neurons that are left out.

    Args:
        layer: of an unfolded trace.
        most: neurons that are shown; None: all.
    """
    shown = layer.neurons if most is None else layer.neurons[:most]
    left = len(layer.neurons) - len(shown)
    seen = f" of {', '.join(layer.inputs)}" if layer.inputs else ""
    heading = f"{layer.name}: {len(layer.neurons)} neuron{'s' * (len(layer.neurons) > 1)}{seen}"
    rest = [f"... and {left} more"] if left else []
    return [heading, _says(layer, shown), "", _weights(shown), *rest, ""]


def _says(layer: Layer, shown: tuple[Neuron, ...]) -> Table:
    active = [layer.activation, f"gradient of {layer.activation}"] if layer.activation else []
    table = _empty(["neuron", "sum", *active, "gradient of the sum"])
    for neuron in shown:
        cells = [short(neuron.activation), short(neuron.gradient_of_activation)] if layer.activation else []
        table.add_row(str(neuron.number), short(neuron.sum), *cells, short(neuron.gradient))
    return table


def _weights(shown: tuple[Neuron, ...]) -> Table:
    updated = any(neuron.weight_updates is not None for neuron in shown)
    table = _empty(
        ["neuron", "weights", "gradients", *["updates"] * updated, "bias", "gradient", *["update"] * updated]
    )
    for neuron in shown:
        weights = [short(neuron.weights), short(neuron.weight_gradients), *[short(neuron.weight_updates)] * updated]
        bias = [short(neuron.bias), short(neuron.bias_gradient), *[short(neuron.bias_update)] * updated]
        table.add_row(str(neuron.number), *weights, *bias)
    return table


def _empty(headings: list[str]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
