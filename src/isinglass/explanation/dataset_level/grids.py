"""The values through which a column is swept, and what each means for the features made from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isinglass.errors import UsageError
from isinglass.explanation.dataset_level.probe import Probe
from isinglass.spec import Column, Kind

PHASES = 24
"""Grid points of one turn of a cycle: an hour of a day, half a month of a year."""


KINDS = ("numeric", "cyclic", "onehot", "indicator", "code")
"""Of `types.Feature`."""


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
    """The curves of one raw column: one, or for date-times one for time, season, weekday and hour each.

    An indicator of missing values is swept along as 'not missing'. Raises UsageError for an unknown column, or
    one without any value.
    """
    places = {kind: [p for p in probe.places([name]) if probe.features[p].kind == kind] for kind in KINDS}
    marks = places["indicator"]
    found = [_numbers(probe, name, [place, *marks], points) for place in places["numeric"]]
    pairs = zip(places["cyclic"][::2], places["cyclic"][1::2], strict=True)  # sine and cosine, side by side
    found += [_cycle(probe, name, [*pair, *marks]) for pair in pairs]
    if places["onehot"]:
        found.append(_levels(probe, name if not found else f"{name} weekday", places["onehot"], marks))
    return found + [_codes(probe, name, [place, *marks]) for place in places["code"]]


def with_values(probe: Probe, names: Sequence[str]) -> list[str]:
    """Those of the columns that have a value in some of the probe's rows: the others cannot be swept."""
    return [name for name in names if _has_values(probe, name)]


def _has_values(probe: Probe, name: str) -> bool:
    places = [p for p in probe.places([name]) if probe.features[p].kind == "numeric"]
    return all(bool(np.isfinite(probe.inputs[:, place]).any()) for place in places)


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
    return Sweep(feature.name, probe.unit(name), Kind.CONTINUOUS, grid + feature.origin, places, settings)


def _levels(probe: Probe, name: str, places: list[int], marks: list[int]) -> Sweep:
    """One category a feature; a single feature is a boolean: no and yes."""
    raw = probe.features[places[0]].column
    column = _column(probe, raw)
    if len(places) == 1:
        settings = np.array([[0.0], [1.0]])
        names = list(column.categories if column and len(column.categories) == 2 else ("no", "yes"))
    else:
        settings = np.eye(len(places))
        names = [probe.features[place].name.removeprefix(raw).lstrip("= ") for place in places]
    settings = np.pad(settings, ((0, 0), (0, len(marks))))
    return Sweep(name, "", Kind.CATEGORICAL, np.array(names), [*places, *marks], settings)


def _codes(probe: Probe, name: str, places: list[int]) -> Sweep:
    seen = np.unique(probe.inputs[:, places[0]]).astype(int)
    settings = np.zeros((len(seen), len(places)))
    settings[:, 0] = seen
    column = _column(probe, name)
    named = ("unknown", *column.categories) if column else ()
    grid = np.array([named[level] if level < len(named) else str(level) for level in seen])
    return Sweep(name, "", Kind.CATEGORICAL, grid, places, settings)


def _cycle(probe: Probe, name: str, places: list[int]) -> Sweep:
    phase = np.linspace(0.0, 1.0, PHASES + 1)
    settings = np.zeros((len(phase), len(places)))
    settings[:, 0], settings[:, 1] = np.sin(2 * np.pi * phase), np.cos(2 * np.pi * phase)
    sine, cosine = (probe.features[place].name for place in places[:2])
    same = [one == other for one, other in zip(sine, cosine, strict=False)]
    shared = sine[: [*same, False].index(False)].rstrip(" _.:-(")
    return Sweep(shared or name, "turns", Kind.CONTINUOUS, phase, places, settings)


def _column(probe: Probe, name: str) -> Column | None:
    return next((column for column in probe.columns if column.name == name), None)
