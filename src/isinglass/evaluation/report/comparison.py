"""What is measured, and what each method achieved."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from isinglass.evaluation.intervals import Interval


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

    def badness(self, value: float) -> float:
        """What is smaller for a better value; infinite where there is none."""
        if math.isnan(value):
            return math.inf
        if self.better == "nominal":
            return abs(value - (self.nominal or 0.0))
        return value if self.better == "low" else -value


@dataclass(frozen=True)
class Method:
    """What one method achieved on the unseen rows. `values`, with 95 % bootstrap intervals, is keyed by
    `Measure.name`; a missing key or a NaN shows as a dash (a method without probabilities has no NLL). A method that
    `failed` has no values, and says why. `network` marks the model's own line, `role` says what a method is made of."""

    name: str
    values: Mapping[str, Interval]
    seconds: float | None = None
    network: bool = False
    failed: str = ""
    role: Literal["conventional", "networks", "combined"] = "conventional"

    @property
    def rival(self) -> bool:
        """Whether it is a conventional method."""
        return self.role == "conventional" and not self.network


@dataclass(frozen=True)
class TargetPart:
    """The same comparison for one of several targets: the same methods in the same order, measures in its own unit."""

    name: str
    measures: tuple[Measure, ...]
    methods: tuple[Method, ...]
