"""How far each column of a row must move, the others fixed, until a model says something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from isinglass.explanation.robustness import moves
from isinglass.inference.prediction import Prediction, with_spread
from isinglass.model.attacks import AttackedSample
from isinglass.model.model import Model
from isinglass.spec import Column, Task


@dataclass(frozen=True)
class Moved:
    """One column that was moved alone.

    Args:
        column: which, in its unit.
        start, value: the row's own value and the one where the answer changes, numbers or categories; None where no
            value within reach changes it.
        sigmas: the change in standard deviations of the training rows; NaN for categories.
        answer: what the model then says.
        outside: whether the changed row lies outside the training data.
    """

    column: Column
    start: float | str
    value: float | str | None
    sigmas: float
    answer: str
    outside: bool


def moved_columns(model: Model, asked: AttackedSample) -> tuple[Moved, ...]:
    """Every column of a row, the nearest change first; those that cannot change the answer last."""
    changes = _changed_of(model, asked)
    found = [*_numbers(model, asked, changes), *_categories(model, asked, changes)]
    return tuple(sorted(found, key=lambda one: (one.value is None, isinstance(one.value, str), abs(one.sigmas))))


def said(model: Model, prediction: Prediction, place: int = 0) -> str:
    """An answer in words: `80.1 ± 3.2 %`, or a class and its probability."""
    if prediction.probabilities is None:
        parts = zip(model.schema.targets, prediction.mean[place], prediction.std[place], strict=True)
        return ", ".join(f"{t.name} {with_spread(mean, std)} {t.unit}".rstrip() for t, mean, std in parts)
    if prediction.labels is None:
        parts = zip(model.schema.classes, prediction.mean[place], strict=True)
        return ", ".join(name for name, yes in parts if yes) or "none"
    return f"{prediction.labels[place]} {100 * float(prediction.probabilities[place].max()):.0f} %"


def _changed_of(model: Model, asked: AttackedSample) -> Callable[[np.ndarray], np.ndarray]:
    own = asked.team.predict(asked.inputs)

    def changed(rows: np.ndarray) -> np.ndarray:
        found = asked.team.predict(rows.astype(asked.inputs.dtype))
        if model.schema.task is Task.REGRESSION:
            return np.any(np.abs(found.mean - own.mean) >= own.std, axis=1)
        return np.any(found.mean != own.mean, axis=1)

    return changed


def _numbers(model: Model, asked: AttackedSample, changed: Callable[[np.ndarray], np.ndarray]) -> Iterator[Moved]:
    places = [j for j, feature in enumerate(model.schema.features) if feature.kind == "numeric"]
    low, high = _ranges(model)
    row = asked.inputs[0].astype(np.float64)
    view, members = model.ensemble.common.view, model.ensemble.state.members
    scale = view.scale[members].double().mean(dim=0).numpy()
    found: dict[int, list[float]] = {j: [] for j in places}
    for move in moves(row, changed, features=places, low=low, high=high):
        found[move.feature].append(move.value)
    for j, values in found.items():
        near = min((v for v in values if np.isfinite(v)), key=lambda v: abs(v - row[j]), default=None)
        yield _told(model, asked, j, near, 0.0 if near is None else (near - row[j]) * scale[j])


def _told(model: Model, asked: AttackedSample, feature: int, value: float | None, sigmas: float) -> Moved:
    column = _column(model, model.schema.features[feature].column)
    origin = model.schema.features[feature].origin
    start = float(asked.inputs[0, feature]) + origin
    if value is None:
        return Moved(column, start, None, float("nan"), "", outside=False)
    row = asked.inputs.copy()
    row[0, feature] = value
    return Moved(column, start, value + origin, sigmas, *_answered(model, asked, row))


def _answered(model: Model, asked: AttackedSample, row: np.ndarray) -> tuple[str, bool]:
    novelty = model.ensemble.novelty
    answer = said(model, asked.team.predict(row))
    return answer, bool(novelty is not None and novelty.score(row, model.ensemble.hidden)[0] > 1)


def _categories(model: Model, asked: AttackedSample, changed: Callable[[np.ndarray], np.ndarray]) -> Iterator[Moved]:
    """One entry for each category that changes the answer, one for a column where none does."""
    for column in model.schema.columns:
        places = [
            j
            for j, feature in enumerate(model.schema.features)
            if feature.column == column.name and feature.kind in ("onehot", "code")
        ]
        if not places:
            continue
        values = _encodings(model, column, places)
        own = next((name for name, code in values.items() if np.array_equal(code, asked.inputs[0, places])), "unknown")
        hits = 0
        for name, code in values.items():
            row = asked.inputs.copy()
            row[0, places] = code
            if name != own and changed(row)[0]:
                hits += 1
                yield Moved(column, own, name, float("nan"), *_answered(model, asked, row))
        if not hits:
            yield Moved(column, own, None, float("nan"), "", outside=False)


def _encodings(model: Model, column: Column, places: list[int]) -> dict[str, np.ndarray]:
    """Each category as its features have it."""
    count, kind = len(column.categories), model.schema.features[places[0]].kind
    if kind == "code":
        return {name: np.array([k + 1.0]) for k, name in enumerate(column.categories)}
    if len(places) == 1:
        names = column.categories if count == 2 else ("false", "true")
        return {name: np.array([float(k)]) for k, name in enumerate(names)}
    return {name: np.eye(count)[k] for k, name in enumerate(column.categories)}


def _ranges(model: Model) -> tuple[np.ndarray, np.ndarray]:
    novelty = model.ensemble.novelty
    if novelty is not None and novelty.rows.shape[1]:
        return np.asarray(novelty.low, dtype=np.float64), np.asarray(novelty.high, dtype=np.float64)
    return np.nanmin(model.sample.inputs, axis=0), np.nanmax(model.sample.inputs, axis=0)


def _column(model: Model, name: str) -> Column:
    return next(column for column in model.schema.columns if column.name == name)
