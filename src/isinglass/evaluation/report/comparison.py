"""What is measured, and what each method achieved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Measure:
    """One column of the comparison table. `name` is the key in metrics.json (`rmse`, `coverage_90`).

    `better` says which way is good; `nominal` is the value that a `"nominal"` measure should have (0.9 for
    the coverage of a 90 % interval).
    """

    name: str
    label: str
    unit: str = ""
    better: Literal["low", "high", "nominal"] = "low"
    nominal: float | None = None


@dataclass(frozen=True)
class Value:
    """A number with its 95 % bootstrap interval; the ends are NaN where none was made."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Method:
    """What one method achieved on the unseen rows. `values` is keyed by `Measure.name`; a missing key or a
    NaN shows as a dash (a method without probabilities has no NLL)."""

    name: str
    values: Mapping[str, Value]
    seconds: float | None = None
    network: bool = False
