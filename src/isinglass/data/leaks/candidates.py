"""The axes of a data set: what its columns, and the order of its rows, may tell of neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from isinglass.data.leaks.axes import Axis, along, around, within
from isinglass.data.leaks.units import units_among
from isinglass.spec import Kind

TIME = re.compile(
    r"^(time|times|t|timestamp|date|datetime|epoch|unix_?time|datenum|m?jd|julian(_?da(y|te))?|dec(imal)?_?year|year|yr|"
    r"days?|hours?|minutes?|seconds?|step|index|seq(uence)?|instant|obs|row)$"
)
"""Names of numeric columns that are times where they rise along the file."""
LATITUDE = re.compile(r"^(.*[_\s.-])?(lat|latitude|decimallatitude|lat_?deg|latitude_?deg)$")
LONGITUDE = re.compile(r"^(.*[_\s.-])?(lon|lng|long|longitude|decimallongitude|lon_?deg|longitude_?deg)$")
RISING = 20
"""Distinct values below which a rising column is steps, not a clock."""
TURNS = 2.0
"""Times that a season must come round before it is more than another name of the date."""
YEAR = 365.25


def axes_of(dataset: Any, seed: int) -> Iterator[Axis]:
    """Every way in which rows of a table may be near each other, the ones that a column tells first."""
    units = units_among(dataset, seed)
    place = _place(dataset, seed)
    clocks = list(_clocks(dataset))
    for group in units:
        rows, pairs, cells = within(group.code, seed)
        yield Axis("group", group.names, (("group", group.best),), rows, pairs, cells)
    if place is not None:
        yield place
    for name, values, own in clocks:
        yield Axis("time", (name,), (("time", name),), *along(values), own=own)
        if units:  # each station has a series of its own
            yield Axis("time", (name,), (("time", name),), *along(values, units[0].code), own=own)
    if not clocks:
        yield Axis("order", (), (), *along(np.arange(len(dataset))))


def _clocks(dataset: Any) -> Iterator[tuple[str, np.ndarray, tuple[int, ...]]]:
    """Dates, and numbers that are named as times and rise (or fall) along the file: name, values, own features."""
    features = dataset.schema.features
    for column in dataset.schema.columns:
        mine = [k for k, feature in enumerate(features) if feature.column == column.name]
        numeric = [k for k in mine if features[k].kind == "numeric"]
        if not numeric:
            continue
        values = np.asarray(dataset.inputs[:, numeric[0]], np.float64)
        values = np.where(np.isfinite(values), values, np.nanmedian(values) if np.isfinite(values).any() else 0.0)
        if column.kind is Kind.DATETIME:
            yield column.name, values, tuple(k for k in mine if not _recurs(features[k], values))
        elif TIME.match(column.name.lower()) and _rises(values):
            yield column.name, values, (numeric[0],)


def _recurs(feature: Any, days: np.ndarray) -> bool:
    """Whether a part of the date comes round often enough to say more than when."""
    span = float(np.ptp(days))
    if feature.kind == "numeric":
        return False
    return span >= TURNS * (YEAR if " year " in feature.name[len(feature.column) :] else 7.0)


def _rises(values: np.ndarray) -> bool:
    steps = np.diff(values)
    return len(np.unique(values)) >= RISING and bool((steps >= 0).all() or (steps <= 0).all())


def _place(dataset: Any, seed: int) -> Axis | None:
    found = {}
    for role, pattern, low, high in (("latitude", LATITUDE, -90.0, 90.0), ("longitude", LONGITUDE, -180.0, 360.0)):
        for k, feature in enumerate(dataset.schema.features):
            values = dataset.inputs[:, k] + feature.origin
            if feature.kind != "numeric" or not pattern.match(feature.column.lower()) or role in found:
                continue
            known = values[np.isfinite(values)]
            if len(known) and known.min() >= low and known.max() <= high and len(np.unique(known)) > 2:
                middle = np.float32(np.median(known))
                found[role] = (feature.column, np.where(np.isfinite(values), values, middle))
    if len(found) < 2:
        return None
    names = tuple(found[role][0] for role in ("latitude", "longitude"))
    cure = (("latitude", names[0]), ("longitude", names[1]))
    return Axis("place", names, cure, *around(found["latitude"][1], found["longitude"][1], seed))
