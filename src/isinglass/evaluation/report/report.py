"""A whole study, its numbers for programs, and its ledger."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from isinglass.evaluation.deciding import decision_words
from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.parts import PartScore
from isinglass.evaluation.report.comparison import Measure, Method, TargetPart
from isinglass.evaluation.report.masks import MaskPictures
from isinglass.evaluation.report.network import ConstraintCheck, Effect, History, Importance, Novelty, Unseen
from isinglass.evaluation.report.pictures import Pictures
from isinglass.evaluation.report.rows import DataPart, SplitPart
from isinglass.inference.decision import Decision
from isinglass.spec import Task

FORMAT = 1
"""Version of the layout of `metrics_json`."""


@dataclass(frozen=True)
class Insights:
    """What the network looks at: columns of a table, or pictures."""

    importance: Importance | None = None
    effects: tuple[Effect, ...] = ()
    pictures: Pictures | None = None
    masks: MaskPictures | None = None


@dataclass(frozen=True)
class Opening:
    """One opening of the test part: ISO date and time, what for, and what came out."""

    date: str
    purpose: str
    result: str = ""


@dataclass(frozen=True)
class Report:
    """A whole study, ready to be written.

    `methods` begins with the network; `measures` are the columns of the comparison, the first one decides.
    `skilled`: whether the network is known to beat predicting the mean; if not, what matters to it says little.
    `provenance` is shown line by line in its order ("isinglass" -> "0.1.0", "seed" -> "0", ...).
    """

    title: str
    verdict: str
    task: Task
    date: str
    measures: tuple[Measure, ...]
    methods: tuple[Method, ...]
    data: DataPart
    splits: SplitPart
    recipe: str
    provenance: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """Why the scores themselves mislead, as the rows are divided; the verdict begins with it."""
    history: History | None = None
    unseen: Unseen | None = None
    parts: tuple[PartScore, ...] = ()
    targets: tuple[TargetPart, ...] = ()
    importance: Importance | None = None
    effects: tuple[Effect, ...] = ()
    novelty: Novelty | None = None
    constraints: tuple[ConstraintCheck, ...] = ()
    pictures: Pictures | None = None
    masks: MaskPictures | None = None
    ledger: tuple[Opening, ...] = ()
    members: int = 0
    machine: str = ""
    seconds: float | None = None
    skilled: bool | None = None
    decision: Decision | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    """Why a part is missing, by the part's name: {"importance": "the model has a single input"}."""
    combination: Mapping[str, float] = field(default_factory=dict)
    """How much each method counts in the combination, by its name; nothing where none was made."""
    sections: Mapping[str, Any] = field(default_factory=dict)
    """Numbers of sections that have no field here, by the section's key: dicts and lists of numbers, words, arrays."""

    @property
    def network(self) -> Method:
        """The network's own line."""
        return next(method for method in self.methods if method.network)

    @property
    def decided(self) -> str:
        """The rule for unequal costs in words; empty without one."""
        if self.decision is None or self.unseen is None:
            return ""
        return decision_words(self.decision, self.unseen.classes)

    @property
    def combined_words(self) -> str:
        """How much each method counts in the combination; empty where none was made."""
        counts = {name: weight for name, weight in self.combination.items() if weight > 0}
        if not counts:
            return ""
        found = "on training rows that were new to all methods"
        if len(counts) == 1:
            only = next(iter(counts))
            only = "the network" if only == "network" else only
            anew = "bands" if self.task is Task.REGRESSION else "probabilities"
            told = f"Combined is {only} alone: {found} no mixture was better beyond chance"
            return f"{told}; its {anew} are calibrated on these rows anew."
        parts = [f"{name} {100 * weight:.0f} %" for name, weight in counts.items()]
        return f"Combined is the mean of {', '.join(parts)}: the weights were found {found}."

    def metrics_json(self) -> dict[str, Any]:
        """The numbers alone, ready for `json.dumps(..., allow_nan=False)`: what is not finite is None."""
        return {
            "format": FORMAT,
            "title": self.title,
            "date": self.date,
            "task": str(self.task),
            "verdict": self.verdict,
            "rows": {"all": self.data.rows, "unseen": self._unseen_rows()},
            "data": {"name": self.data.name, "sha256": self.data.fingerprint},
            "test": _numbers(self.network),
            "intervals": _intervals(self.network),
            "baselines": {m.name: _numbers(m) for m in self.methods if m.rival},
            "baseline_intervals": {m.name: _intervals(m) for m in self.methods if m.rival},
            **self._together(),
            "targets": {part.name: _target(part) for part in self.targets},
            "failed": {m.name: m.failed for m in self.methods if m.failed},
            "units": {measure.name: measure.unit for measure in self.measures},
            "decision": None if self.decision is None else {n: _plain(v) for n, v in asdict(self.decision).items()},
            "importance": self._importances(),
            "parts": self._parts(),
            "warnings": list(self.warnings),
            "doubts": list(self.doubts),
            "openings": len(self.ledger),
            "seconds": finite(self.seconds),
            "provenance": dict(self.provenance),
        }

    def _together(self) -> dict[str, Any]:
        """The scores of the networks and of their combination with conventional methods, where it was made."""
        parts = {m.role: m for m in self.methods if not m.rival}
        if "combined" not in parts:
            return {}
        return {
            "networks": _numbers(parts["networks"]),
            "combined": _numbers(parts["combined"]),
            "combined_intervals": _intervals(parts["combined"]),
            "combined_weights": {name: finite(weight) for name, weight in self.combination.items()},
        }

    def _unseen_rows(self) -> int:
        return 0 if self.unseen is None else len(self.unseen.observed)

    def _parts(self) -> dict[str, dict[str, Any]]:
        """Rows, scores and intervals of each part, by what divides the rows and the part's name."""
        found: dict[str, dict[str, Any]] = {}
        for part in self.parts:
            scores = {name: [finite(v.value), finite(v.low), finite(v.high)] for name, v in part.values.items()}
            found.setdefault(part.by, {})[part.name] = {"rows": part.rows, "units": part.units, **scores}
        return found

    def _importances(self) -> dict[str, float | None]:
        if self.importance is None:
            return {}
        means = self.importance.single.mean(axis=1)
        return {name: finite(mean) for name, mean in zip(self.importance.names, means, strict=True)}


def openings(ledger: Ledger) -> tuple[Opening, ...]:
    """The ledger as the report shows it: three scores an opening."""
    lines = []
    for opening in ledger.openings:
        shown = ", ".join(f"{name} {value:.4g}" for name, value in opening.metrics[:3])
        lines.append(Opening(opening.when, f"{opening.verb}: {opening.rows} rows", shown))
    return tuple(lines)


def _plain(value: Any) -> Any:
    return finite(value) if isinstance(value, float) else value


def finite(value: float | None) -> float | None:
    """A plain float, or None where there is no finite number: JSON has no NaN."""
    return float(value) if value is not None and math.isfinite(value) else None


def _target(part: TargetPart) -> dict[str, Any]:
    network, others = part.methods[0], [method for method in part.methods if method.rival]
    return {
        "test": _numbers(network),
        "intervals": _intervals(network),
        "baselines": {method.name: _numbers(method) for method in others},
        "baseline_intervals": {method.name: _intervals(method) for method in others},
        "units": {measure.name: measure.unit for measure in part.measures},
    }


def _numbers(method: Method) -> dict[str, float | None]:
    return {name: finite(value.value) for name, value in method.values.items()}


def _intervals(method: Method) -> dict[str, list[float | None]]:
    return {name: [finite(value.low), finite(value.high)] for name, value in method.values.items()}
