"""The rows of a study as they came, and who saw which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from isinglass.spec import Kind


@dataclass(frozen=True)
class ColumnSummary:
    """One column as it came. `low`, `middle`, `high` are the 5th, 50th and 95th percentile; `counts` is a
    small histogram over the column's range (numbers) or the number of rows in each category. Where there are many
    categories the last one stands for the `others`: so many are counted together."""

    name: str
    role: Literal["input", "target", "group", "time", "latitude", "longitude", "weight"]
    kind: Kind
    unit: str = ""
    missing: int = 0
    low: float | None = None
    middle: float | None = None
    high: float | None = None
    counts: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()
    others: int = 0
    smallest: float | None = None
    largest: float | None = None


@dataclass(frozen=True)
class DataPart:
    """The rows. `source` is the path or catalogue name, `licence` empty where unknown."""

    name: str
    rows: int
    columns: tuple[ColumnSummary, ...]
    fingerprint: str
    source: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SplitPart:
    """Who saw what.

    Args:
        role: int8 [fold, sample] of `Role` (UNUSED, TRAIN, TEST).
        kind: `random`, `stratified`, `group`, `time` or `blocks`.
        scheme: `sealed` (one test part) or `folds` (every row is in exactly one test part).
        groups: [sample] names of the units that stay together; None without.
        group_name: the column that holds them.
        position: [sample, 2] longitude and latitude in degrees, None without.
        time: [sample] numbers or datetime64, None without; `time_label` names its axis.
        dated: `time` counts days since 2000-01-01.
        notes: what the user should know, as sentences.
    """

    role: np.ndarray
    kind: str
    scheme: str
    groups: np.ndarray | None = None
    group_name: str = ""
    position: np.ndarray | None = None
    time: np.ndarray | None = None
    time_label: str = "time"
    notes: tuple[str, ...] = ()
    dated: bool = False
