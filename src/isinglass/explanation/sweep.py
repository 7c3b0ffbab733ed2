"""The values through which a column is swept, and what each means for the features made from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.errors import UsageError
from isinglass.explanation.probe import Probe
from isinglass.types import Column, Feature, Kind

PHASES = 24
"""Grid points of one turn of a cycle: an hour of a day, half a month of a year."""


@dataclass(frozen=True)
class Sweep:
    """`settings` [grid, place] are the values of the features at `places` at each point of `grid`."""

    name: str
    unit: str
    kind: Kind
    grid: np.ndarray
    places: list[int]
    settings: np.ndarray


def sweeps(probe: Probe, name: str, *, points: int) -> list[Sweep]:
    """The curves of one raw column: one, or one a cycle for date-times. An indicator of missing values is
    swept along as 'not missing'. Raises UsageError for an unknown column, or one without any value."""
    places = probe.places([name])
    features = [probe.features[place] for place in places]
    kinds = {feature.kind for feature in features} - {"indicator"}
    if "onehot" in kinds:
        return [_levels(probe, name, places, features)]
    if "code" in kinds:
        return [_codes(probe, name, places, features)]
    cycles = [_cycle(probe, name, pair) for pair in _pairs(probe, places)] if "cyclic" in kinds else []
    numeric = [place for place in places if probe.features[place].kind == "numeric"]
    return cycles + [_numbers(probe, name, [place, *_indicators(probe, places)], points) for place in numeric]


def _numbers(probe: Probe, name: str, places: list[int], points: int) -> Sweep:
    values = probe.inputs[:, places[0]].astype(np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        raise UsageError("a column without any value cannot be swept", where=name)
    grid = np.unique(values)
    if len(grid) > points:
        grid = np.unique(np.quantile(values, np.linspace(0.01, 0.99, points)))
    settings = np.zeros((len(grid), len(places)))
    settings[:, 0] = grid
    feature = probe.features[places[0]]
    return Sweep(feature.name, probe.unit(name), Kind.CONTINUOUS, grid, places, settings)


def _levels(probe: Probe, name: str, places: list[int], features: list[Feature]) -> Sweep:
    onehot = [index for index, feature in enumerate(features) if feature.kind == "onehot"]
    settings = np.zeros((len(onehot), len(places)))
    settings[np.arange(len(onehot)), onehot] = 1.0
    column = _column(probe, name)
    named = column.categories if column and len(column.categories) == len(onehot) else None
    grid = np.array(named or [features[index].name.removeprefix(f"{name}=") for index in onehot])
    return Sweep(name, "", Kind.CATEGORICAL, grid, places, settings)


def _codes(probe: Probe, name: str, places: list[int], features: list[Feature]) -> Sweep:
    code = next(index for index, feature in enumerate(features) if feature.kind == "code")
    seen = np.unique(probe.inputs[:, places[code]]).astype(int)
    settings = np.zeros((len(seen), len(places)))
    settings[:, code] = seen
    column = _column(probe, name)
    named = ("unknown", *column.categories) if column else ()
    grid = np.array([named[level] if level < len(named) else str(level) for level in seen])
    return Sweep(name, "", Kind.CATEGORICAL, grid, places, settings)


def _cycle(probe: Probe, name: str, pair: tuple[int, int]) -> Sweep:
    phase = np.linspace(0.0, 1.0, PHASES + 1)
    settings = np.stack([np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)], axis=1)
    sine, cosine = (probe.features[place].name for place in pair)
    same = [one == other for one, other in zip(sine, cosine, strict=False)]
    shared = sine[: [*same, False].index(False)].rstrip(" _.:-(")
    return Sweep(shared or name, "turns", Kind.CONTINUOUS, phase, list(pair), settings)


def _pairs(probe: Probe, places: list[int]) -> list[tuple[int, int]]:
    """Sine and cosine of each cycle, which stand side by side in this order."""
    cyclic = [place for place in places if probe.features[place].kind == "cyclic"]
    return list(zip(cyclic[::2], cyclic[1::2], strict=True))


def _indicators(probe: Probe, places: list[int]) -> list[int]:
    return [place for place in places if probe.features[place].kind == "indicator"]


def _column(probe: Probe, name: str) -> Column | None:
    return next((column for column in probe.columns if column.name == name), None)
