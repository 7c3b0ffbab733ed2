"""A dense network written down by hand: a TOML or JSON file of weights, as one does it on paper.

inputs = [0, 1, 2, 3]            # one row, or a list of rows
targets = [1]                    # optional: then there is a loss, and weights get gradients and updates
loss = "squared"                 # any loss of the recipe; "squared" unless said otherwise
rate = 0.1                       # optional: learning rate of the gradient descent that `update` shows

[[layers]]
weights = [[1, 0, 1, 0], [1, 2, 1, 2], [1, 1, 1, 1]]     # one row a neuron
bias = [0, 0, 0]                                         # zeros unless said otherwise
activation = "relu"                                      # none unless said otherwise
"""

from __future__ import annotations

import json
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from torch import Tensor, nn

from isinglass.errors import DataError, MachineError
from isinglass.machine.activations import activation
from isinglass.objective.losses import LOSSES

ENDINGS = (".toml", ".json")


class _Layer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    weights: list[list[float]]
    bias: list[float] = []
    activation: str = "identity"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    inputs: list[list[float]]
    layers: list[_Layer]
    targets: list[list[float]] | None = None
    loss: str = "squared"
    rate: float | None = None
    names: list[str] = []

    @field_validator("inputs", "targets", mode="before")
    @classmethod
    def _rows(cls, value: Any) -> Any:
        """One row is a list of rows; a list of numbers as targets is one row too."""
        return [value] if isinstance(value, list) and value and not isinstance(value[0], list) else value


@dataclass(frozen=True)
class Written:
    """A network and its rows.

    Args:
        network: dense layers `layer1`, `layer2` ... with their activations, float64.
        inputs: `[row, feature]`.
        names: of the features.
        targets: `[row, out]`, where there are some.
        loss: of the output, where there are targets.
        rate: of gradient descent, where it is given.
    """

    network: nn.Sequential
    inputs: Tensor
    names: tuple[str, ...]
    targets: Tensor | None
    loss: Callable[[Tensor], Tensor] | None
    rate: float | None


def read_network(path: str | Path) -> Written:
    """Read such a file. Raises DataError that names the place where it cannot be read or shapes do not fit."""
    path = Path(path)
    try:
        found = _File.model_validate(_document(path))
    except ValidationError as error:
        raise _fault(error, path) from None
    _require_shapes(found, path)
    names = tuple(found.names) or tuple(f"x{n}" for n in range(1, len(found.inputs[0]) + 1))
    inputs = torch.tensor(found.inputs, dtype=torch.float64)
    targets = None if found.targets is None else torch.tensor(found.targets, dtype=torch.float64)
    loss = None if targets is None else _loss(found, targets, path)
    return Written(_network(found, path), inputs, names, targets, loss, found.rate)


def _fault(error: ValidationError, path: Path) -> DataError:
    """The first fault; a misspelt key before its absence."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    place = ".".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
    if first["type"] == "extra_forbidden":
        allowed = [*_File.model_fields, *_Layer.model_fields]
        return DataError(f"{place}: unknown key", where=str(path), allowed=allowed)
    if first["type"] == "missing":
        return DataError(f"{place} is missing", where=str(path))
    wanted = first["msg"].removeprefix("Input should be ").split(",")[0]
    return DataError(f"{place}: should be {wanted}", where=str(path), given=repr(first["input"]))


def _document(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text) if path.suffix == ".toml" else json.loads(text)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise DataError(f"the file cannot be read: {error}", where=str(path)) from None


def _require_shapes(found: _File, path: Path) -> None:
    if not found.layers or not found.inputs:
        raise DataError("a network has one layer and one row at least", where=str(path))
    width = len(found.inputs[0])
    if any(len(row) != width for row in found.inputs) or len(found.names) not in (0, width):
        raise DataError("all rows have the same length, and each feature one name", where=f"{path}: inputs")
    for number, layer in enumerate(found.layers, start=1):
        where = f"{path}: layer {number}"
        if not layer.weights or any(len(row) != width for row in layer.weights):
            lengths = sorted({len(row) for row in layer.weights})
            raise DataError(f"each neuron has {width} weights, one for each value it sees", where=where, given=lengths)
        if layer.bias and len(layer.bias) != len(layer.weights):
            raise DataError(f"each of {len(layer.weights)} neurons has one bias", where=where, given=len(layer.bias))
        width = len(layer.weights)
    targets = found.targets
    if targets is not None and len(targets) == 1 and len(found.inputs) > 1 and len(targets[0]) == len(found.inputs):
        found.targets = targets = [[value] for value in targets[0]]
    if targets is not None and len(targets) != len(found.inputs):
        raise DataError(f"each of {len(found.inputs)} rows has its targets", where=str(path), given=len(targets))


def _network(found: _File, path: Path) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, layer in enumerate(found.layers, start=1):
        weights = torch.tensor(layer.weights, dtype=torch.float64)
        dense = nn.Linear(weights.shape[1], weights.shape[0], dtype=torch.float64)
        with torch.no_grad():
            dense.weight.copy_(weights)
            dense.bias.copy_(torch.tensor(layer.bias or [0.0] * len(weights), dtype=torch.float64))
        layers[f"layer{number}"] = dense
        if layer.activation != "identity":
            layers[f"{layer.activation.split('(')[0]}{number}"] = _activation(
                layer.activation, f"{path}: layer {number}"
            )
    return nn.Sequential(layers)


def _activation(name: str, where: str) -> nn.Module:
    try:
        return activation(name)
    except MachineError as error:
        raise DataError(
            error.what, where=where, given=error.given, allowed=error.allowed, instead=error.instead
        ) from None


def _loss(found: _File, targets: Tensor, path: Path) -> Callable[[Tensor], Tensor]:
    if found.loss not in LOSSES:
        raise DataError("unknown loss", where=str(path), given=found.loss, allowed=LOSSES)
    loss = LOSSES[found.loss]
    wanted, neurons = loss.width(targets.shape[1]), len(found.layers[-1].weights)
    if found.loss == "squared" and wanted != neurons:
        raise DataError(
            "one target for each neuron of the last layer",
            where=str(path),
            given=targets.shape[1],
            allowed=str(neurons),
        )
    return lambda raw: loss.function(raw, targets).mean()
