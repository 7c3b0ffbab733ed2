"""Units that repeat: a station's name, or columns that are constant within stations and so betray them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from isinglass.spec import Kind

NAMED = re.compile(
    r"(^|[_\s.-])(id|ids|code|name|no|nr)$|station|site|buoy|mooring|plot|patient|subject|person|participant|animal|"
    r"individual|sensor|device|cruise|voyage|profile|catchment|basin|gauge|gage|glacier|storm|batch|specimen|donor|"
    r"sample_?id|well|borehole|core|lake|farm|hospital|school|household|customer|user|group|unit"
)
"""Names of columns that name what was measured again and again."""
LEVELS, REPEATS = 5, 3
"""Fewer values than LEVELS are a factor; below REPEATS rows a unit on average, too little repeats."""
MANY = 20
"""Text with at least so many values names units, whatever its header."""
JOINT = 1.1
"""Columns belong to one unit where together they have hardly more combinations than the richest of them alone."""
UNITS = 3
"""Units that are looked at."""
GLANCE = 5000
"""Rows that tell at a glance that the values of a column do not repeat."""
CODED = 30
"""Columns that are combined."""


@dataclass(frozen=True)
class Unit:
    """What repeats: the columns that say so, the one that tells the units best, and the unit of each row [sample]."""

    names: tuple[str, ...]
    best: str
    code: np.ndarray


def units_among(dataset: Any, seed: int) -> list[Unit]:
    """Units that repeat in a table, the finest first."""
    codes = dict(_codes(dataset))
    found: list[Unit] = []
    for names, code in (*_combined(codes), *_named(dataset, codes)):
        if not any(_same(code, unit.code) for unit in found):
            best = _speaker(dataset, names, codes, code)
            found.append(Unit(names, best, code))
    return found[:UNITS]


def _codes(dataset: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Columns whose values repeat, each as int [sample]."""
    features = dataset.schema.features
    for column in dataset.schema.columns:
        if column.kind in (Kind.DATETIME, Kind.BOOLEAN):
            continue
        mine = [
            k for k, feature in enumerate(features) if feature.column == column.name and feature.kind != "indicator"
        ]
        values = np.nan_to_num(np.asarray(dataset.inputs[:, mine], np.float64), nan=np.inf)
        some = values[:: max(1, len(values) // GLANCE)]
        if len(np.unique(some, axis=0)) > max(LEVELS, len(some) / REPEATS):
            continue  # seen without sorting a large table
        code = np.unique(values[:, 0] if len(mine) == 1 else values, axis=0, return_inverse=True)[1].reshape(-1)
        if LEVELS <= code.max() + 1 <= len(code) / REPEATS:
            yield column.name, code


def _combined(codes: dict[str, np.ndarray]) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """Sets of columns that are constant within the same units, the finest unit first."""
    ranked = sorted(codes, key=lambda name: -int(codes[name].max()))[:CODED]
    taken: set[str] = set()
    for place, first in enumerate(ranked):
        if first in taken:
            continue
        names, joint = [first], codes[first]
        for other in ranked[place + 1 :]:
            both = _joint(joint, codes[other])
            if both.max() + 1 <= JOINT * (joint.max() + 1):
                names, joint = [*names, other], both
        if len(names) > 1 and joint.max() + 1 <= len(joint) / 2:
            taken.update(names)
            yield tuple(names), joint


def _named(dataset: Any, codes: dict[str, np.ndarray]) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
    """Columns that name units by their header, or by very many texts."""
    kinds = {column.name: column.kind for column in dataset.schema.columns}
    for name, code in codes.items():
        many = kinds[name] is Kind.CATEGORICAL and code.max() + 1 >= MANY
        if many or NAMED.search(name.lower()):
            yield (name,), code


def _speaker(dataset: Any, names: tuple[str, ...], codes: dict[str, np.ndarray], code: np.ndarray) -> str:
    """The column that tells the units best: of equally good ones the one that is named as such, else the first."""
    kinds = {column.name: column.kind for column in dataset.schema.columns}

    def merit(name: str) -> tuple[int, bool, bool]:
        return int(codes[name].max()), bool(NAMED.search(name.lower())), kinds[name] is Kind.CATEGORICAL

    return max(names, key=merit)


def _joint(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)[1]


def _same(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether two columns divide the rows (nearly) alike."""
    return _joint(first, second).max() <= JOINT * max(first.max(), second.max()) and (
        min(first.max(), second.max()) >= 0.8 * max(first.max(), second.max())
    )
