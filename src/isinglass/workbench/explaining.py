"""What did it look at? Importances on unseen rows, each asked of networks that never saw the row; effects."""

from __future__ import annotations

from typing import Literal

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.schema import DataSchema
from isinglass.evaluation.metrics import deciding
from isinglass.evaluation.report import Effect, Importance
from isinglass.evaluation.score import score_of
from isinglass.explanation import METHODS, Explanation, Probe
from isinglass.explanation.dataset_level.grids import with_values
from isinglass.inference.ensemble import Ensemble
from isinglass.model.scoring import unseen_answers
from isinglass.spec import Kind, Task
from isinglass.workbench.judging.fold import Fold

ASKED = 1000
"""Unseen rows that importances are measured on: the error of a mean over so many is 3 %."""

SWEPT = 200
"""Rows that effects are averaged over."""

MEMBERS = 16
"""Members whose own effect curves are drawn."""

DRAWN = 30
"""Rows whose own curves are kept."""

EFFECTS = 6
REPEATS = 5


def importance(dataset: Dataset, folds: tuple[Fold, ...], *, seed: int) -> tuple[Importance, Probe]:
    """Single-pass and multi-pass permutation importance in the deciding score, and the probe that was asked."""
    tested = [fold.tested for fold in folds]
    step = max(1, sum(map(len, tested)) // ASKED)
    chosen = [rows[::step] for rows in tested]
    rows = np.concatenate(chosen)
    ends = np.cumsum([len(part) for part in chosen])[:-1]
    probe = Probe(
        predict=unseen_answers([fold.ensemble for fold in folds], np.split(np.arange(len(rows)), ends)),
        inputs=dataset.inputs[rows],
        features=dataset.schema.features,
        score=score_of(dataset.schema.task, dataset.targets[rows], dataset.weights[rows]),
        columns=dataset.schema.columns,
    )
    (single,) = METHODS["permutation"](probe, seed=seed, repeats=REPEATS)
    (multi,) = METHODS["permutation_multi"](probe, seed=seed, repeats=REPEATS, first=single)
    return _importance(probe, single, multi, score_label(dataset.schema)), probe


def score_label(schema: DataSchema) -> str:
    """The deciding score with its unit, for axes."""
    metric = deciding(schema.task, len(schema.targets))
    units = {target.unit for target in schema.targets}
    unit = next(iter(units)) if len(units) == 1 and metric.power else ""
    return f"{metric.label} ({unit})" if unit else metric.label


def effects(
    ensemble: Ensemble, schema: DataSchema, inputs: np.ndarray, ranking: list[str], *, output: int | None = None
) -> tuple[Effect, ...]:
    """Partial dependence of one output on the most important columns, with each member's own curve and some rows'.

    Without `output` the first is swept, of two classes the second: the one that the ranking's curves count as positive.
    """
    if output is None:
        output = int(schema.task is Task.CLASSIFICATION and len(schema.classes) == 2)
    some = ensemble.take(np.unique(np.linspace(0, len(ensemble) - 1, MEMBERS).astype(int)))
    rows = inputs[:: max(1, len(inputs) // SWEPT)]
    probe = Probe(
        predict=lambda copies: some.members(copies)[..., output].T,
        inputs=rows,
        features=schema.features,
        columns=schema.columns,
    )
    swept = with_values(probe, ranking)[:EFFECTS]
    found = METHODS["individual"](probe, swept) if swept else ()
    return tuple(_effect(explanation, schema, inputs, output) for explanation in found)


def _importance(probe: Probe, single: Explanation, multi: Explanation, label: str) -> Importance:
    return Importance(
        names=probe.names,
        single=single.values.reshape(len(probe.names), -1),
        multi=multi.values.reshape(len(probe.names), -1),
        score=label,
        order=tuple(str(name) for name in multi.coords["order"]),
    )


def _observed(inputs: np.ndarray, schema: DataSchema, place: int) -> np.ndarray:
    """Some values of a numeric column, in its own unit."""
    origin = schema.features[place].origin
    values = inputs[:: max(1, len(inputs) // SWEPT), place]
    return values.astype(np.float64) + origin if origin else values


def _effect(explanation: Explanation, schema: DataSchema, inputs: np.ndarray, output: int) -> Effect:
    name, curves = explanation.spec.names[0], explanation.values  # [grid, sample, member]
    place = next((i for i, feature in enumerate(schema.features) if feature.name == name), None)
    numeric = place is not None and explanation.spec.kind is not Kind.CATEGORICAL
    target = schema.targets[0] if schema.task is Task.CLASSIFICATION else schema.targets[output]
    label = f"probability of {schema.classes[output]}" if schema.task is not Task.REGRESSION else target.name
    return Effect(
        column=name,
        unit=explanation.spec.units[0],
        output=label,
        output_unit=target.unit if schema.task is Task.REGRESSION else "",
        grid=explanation.coords["grid"],
        mean=curves.mean(axis=(1, 2)),
        members=curves.mean(axis=1).T,
        individual=curves.mean(axis=2).T[:: max(1, curves.shape[1] // DRAWN)][:DRAWN],
        observed=_observed(inputs, schema, place) if numeric and place is not None else None,
        calendar=_calendar(name, schema),
    )


def _calendar(name: str, schema: DataSchema) -> Literal["", "date", "year", "day"]:
    """What a feature of a column of dates counts; see `data.tables.dates.datetimes.part_features`."""
    dates = [column.name for column in schema.columns if column.kind is Kind.DATETIME]
    counted: tuple[tuple[str, Literal["date", "year", "day"]], ...] = (
        ("days", "date"),
        ("year", "year"),
        ("day", "day"),
    )
    for part, calendar in counted:
        if any(name == f"{date} {part}" for date in dates):
            return calendar
    return ""
