"""Notes on impossible values: those far from all others of their column, with their rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.tables.dates.datetimes import ORIGIN
from isinglass.data.tables.extremes import far
from isinglass.recipe import Recipe
from isinglass.remarks import Remark
from isinglass.spec import Column, Kind, Task

NAMED = 5
"""Values of a column that a note names."""


def far_notes(dataset: Dataset, recipe: Recipe) -> tuple[str, ...]:
    """One sentence for every column with values far from all others."""
    notes = []
    for column, values in numeric_columns(dataset, recipe):
        places = far(values)
        if len(places) and not any(note.startswith(f"{column.name}: ") for note in dataset.notes):
            notes.append(_words(column, values, places, dataset.rows))
    return tuple(notes)


def numeric_columns(dataset: Dataset, recipe: Recipe) -> Iterator[tuple[Column, np.ndarray]]:
    """Targets, inputs and coordinates that are numbers or dates, in the units in which they came."""
    schema = dataset.schema
    if schema.task is Task.REGRESSION:
        for column, values in zip(schema.targets, dataset.targets.T, strict=True):
            yield column, np.asarray(values, np.float64)
    columns = {column.name: column for column in schema.columns}
    for place, feature in enumerate(schema.features):
        if feature.kind == "numeric" and feature.name == feature.column:
            yield columns[feature.column], dataset.inputs[:, place].astype(np.float64) + feature.origin
    for role in ("time", "latitude", "longitude"):
        if role in dataset.coords:
            kind = Kind.DATETIME if role == "time" and dataset.dated else Kind.CONTINUOUS
            name = getattr(recipe.data, role) or role
            yield Column(name, kind), np.asarray(dataset.coords[role], np.float64)


def _words(column: Column, values: np.ndarray, places: np.ndarray, rows: np.ndarray) -> str:
    others = np.delete(values, places)
    others = others[np.isfinite(others)]
    named = ", ".join(f"{_value(column, float(values[place]))} in row {rows[place]}" for place in places[:NAMED])
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    ends = f"{_value(column, others.min())} to {_value(column, others.max())}"
    unit = f" {column.unit}" if column.unit else ""
    return Remark(
        f"{column.name}: {named}{more}, far from all other values ({ends}{unit}): correct them if they are impossible.",
        "extremes",
    )


def _value(column: Column, value: float) -> str:
    if column.kind is not Kind.DATETIME:
        return f"{value:.6g}"
    return (ORIGIN + timedelta(days=float(value))).date().isoformat()
