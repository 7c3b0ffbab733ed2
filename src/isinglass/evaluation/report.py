"""What a study found, as plain numbers, arrays and strings: the one object that every report is written from.

Nothing here computes, draws or writes. The workbench assembles a `Report`; `export.html`, `export.card` and
`export.metrics` only read it. Parts that a study does not have stay `None` or empty, and the page says why or
leaves them out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.masks import MaskPictures
from isinglass.evaluation.pictures import Pictures
from isinglass.types import Kind, Task

FORMAT = 1
"""Version of the layout of `metrics_json`."""


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


@dataclass(frozen=True)
class ColumnSummary:
    """One column as it came. `low`, `middle`, `high` are the 5th, 50th and 95th percentile; `counts` is a
    small histogram over the column's range (numbers) or the number of rows in each category."""

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


@dataclass(frozen=True)
class History:
    """How the members learnt.

    Args:
        train: [member, epoch] mean training loss; NaN after a member has stopped.
        stop: [member, epoch] loss on the member's early-stopping rows; NaN where not measured.
        best: [member] epoch (counted from 1) whose weights were kept.
        loss: name of the loss, for the axis.
        restarts: how many members were restarted with a lower rate.
        words: what the curves say about under- and overfitting, one or two sentences.
    """

    train: np.ndarray
    stop: np.ndarray
    best: np.ndarray
    loss: str
    restarts: int = 0
    words: str = ""


@dataclass(frozen=True)
class Unseen:
    """The network's predictions for rows that it never trained on; original units.

    Args:
        observed: [sample, out] numbers; class index [sample, 1]; 0 or 1 for multilabel.
        names, units: one an output (regression), the single target (classification) or one a label.
        mean, std, low, high: [sample, out]; `low` and `high` bound the interval at `coverage`. Regression.
        noise, ignorance: [sample, out] the two parts of `std`. Regression.
        probabilities: [sample, class] (classification) or [sample, label] (multilabel).
        classes: names of the classes.
        pit: [sample, out] probability integral transform of the observations, None without a distribution.
        levels: [level] nominal coverage of central intervals.
        covered: [level, out] measured coverage of these intervals.
    """

    observed: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...] = ()
    mean: np.ndarray | None = None
    std: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    coverage: float = 0.9
    noise: np.ndarray | None = None
    ignorance: np.ndarray | None = None
    probabilities: np.ndarray | None = None
    classes: tuple[str, ...] = ()
    pit: np.ndarray | None = None
    levels: np.ndarray | None = None
    covered: np.ndarray | None = None


@dataclass(frozen=True)
class Importance:
    """How much worse the score gets when columns are shuffled.

    Args:
        names: the columns, or groups of columns.
        single: [name, draw] rise of the error with one name shuffled; a draw is a repeat, or repeat x member.
        multi: [name, draw] error with this and all more important names shuffled, less the plain error; NaN
            for names that were not reached. None where only one pass was made.
        score: what rises, with its unit, as in `RMSE (%)`.
        order: the names as the multi-pass method took them, most important first.
    """

    names: tuple[str, ...]
    single: np.ndarray
    score: str
    multi: np.ndarray | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Effect:
    """Partial dependence of one output on one column.

    Args:
        column, unit: the input.
        output, output_unit: the prediction.
        grid: [grid] numbers, or names of categories.
        mean: [grid] of the ensemble.
        members: [member, grid] of each member, for the spread; None where unknown.
        individual: [sample, grid] curves of a few rows (ICE); None where not kept.
        observed: [sample] a thinned sample of the column's own values, for the rug; None for categories.
    """

    column: str
    unit: str
    output: str
    output_unit: str
    grid: np.ndarray
    mean: np.ndarray
    members: np.ndarray | None = None
    individual: np.ndarray | None = None
    observed: np.ndarray | None = None


@dataclass(frozen=True)
class Novelty:
    """How far outside the training data the unseen rows lie: [sample], above 1 is outside.

    `error` [sample] is the network's absolute error on the same rows (or 1 - probability of the true class),
    None where unknown. `features` are inputs, and `beyond` the shares of the rows in which each lies beyond its
    training range.
    """

    values: np.ndarray
    error: np.ndarray | None = None
    error_label: str = "absolute error"
    features: tuple[str, ...] = ()
    beyond: tuple[float, ...] = ()


@dataclass(frozen=True)
class ConstraintCheck:
    """One physical law: its formula, and the residual of each prediction, [sample], in `unit`.

    `reference` is the typical size of the terms, so that residuals can be judged; `observed` are the
    residuals of the observations themselves.
    """

    name: str
    formula: str
    residual: np.ndarray
    unit: str = ""
    reference: float = 1.0
    observed: np.ndarray | None = None


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
    history: History | None = None
    unseen: Unseen | None = None
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
    absent: Mapping[str, str] = field(default_factory=dict)
    """Why a part is missing, by the part's name: {"importance": "the model has a single input"}."""

    @property
    def network(self) -> Method:
        """The network's own line."""
        return next(method for method in self.methods if method.network)

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
            "baselines": {m.name: _numbers(m) for m in self.methods if not m.network},
            "baseline_intervals": {m.name: _intervals(m) for m in self.methods if not m.network},
            "units": {measure.name: measure.unit for measure in self.measures},
            "importance": self._importances(),
            "warnings": list(self.warnings),
            "openings": len(self.ledger),
            "seconds": finite(self.seconds),
            "provenance": dict(self.provenance),
        }

    def _unseen_rows(self) -> int:
        return 0 if self.unseen is None else len(self.unseen.observed)

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


def finite(value: float | None) -> float | None:
    """A plain float, or None where there is no finite number: JSON has no NaN."""
    return float(value) if value is not None and math.isfinite(value) else None


def _numbers(method: Method) -> dict[str, float | None]:
    return {name: finite(value.value) for name, value in method.values.items()}


def _intervals(method: Method) -> dict[str, list[float | None]]:
    return {name: [finite(value.low), finite(value.high)] for name, value in method.values.items()}
