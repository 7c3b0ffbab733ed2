"""Predictions as a table: one line a row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from isinglass.inference.prediction import Prediction
from isinglass.objective.constraints import Residual
from isinglass.spec import Task


def frame_of(
    prediction: Prediction,
    carried: Mapping[str, pl.Series] | None = None,
    *,
    coverage: float,
    members: bool,
    parts: bool = False,
) -> pl.DataFrame:
    """One line a row, counted from 1, or an image, by its file; then what is carried of the row, then its prediction.
    With several targets the columns carry the target's name in front.

    Args:
        prediction: of the networks.
        carried: columns of the rows; one that is called as a column of the prediction is marked '(given)'.
        coverage: of the interval.
        members: each network's own answer too.
        parts: each score of novelty too.
    """
    columns: dict[str, np.ndarray | pl.Series] = {}
    if prediction.names is None:
        columns["row"] = np.arange(1, len(prediction) + 1)
    else:
        columns["file"] = prediction.names
    columns |= _regression(prediction, coverage) if prediction.task is Task.REGRESSION else _classes(prediction)
    columns |= {name: law.values for name, law in laws(prediction).items()}
    columns |= {"novelty": prediction.novelty} | _outside(prediction)
    columns |= _parts(prediction) if parts else {}
    if members:
        columns |= _members(prediction)
    first, *rest = columns
    beside = {f"{name} (given)" if name in columns else name: values for name, values in (carried or {}).items()}
    return pl.DataFrame({first: columns[first]} | beside | {name: columns[name] for name in rest})


def laws(prediction: Prediction) -> dict[str, Residual]:
    """The residuals of the model's laws by the name of their column, as `residual_linear_law_1`."""
    return {f"residual_{law.name.replace(' ', '_')}": law for law in prediction.residuals}


def _regression(prediction: Prediction, coverage: float) -> dict[str, np.ndarray]:
    low, high = prediction.interval(coverage)
    parts = {
        "mean": prediction.mean,
        "std": prediction.std,
        "noise": prediction.noise,
        "ignorance": prediction.ignorance,
        "low": low,
        "high": high,
    }
    names = [target.name for target in prediction.targets]
    return {
        _named(name, part, alone=len(names) == 1): values[:, place]
        for place, name in enumerate(names)
        for part, values in parts.items()
    }


def _classes(prediction: Prediction) -> dict[str, np.ndarray]:
    assert prediction.probabilities is not None, "classes have probabilities"
    columns: dict[str, np.ndarray] = {}
    if prediction.labels is not None:
        columns["label"] = prediction.labels
    if prediction.decisions is not None:
        columns["decision"] = prediction.decisions
    for place, name in enumerate(_classnames(prediction)):
        columns[f"probability_{name}"] = prediction.probabilities[:, place]
    return columns | {"noise": prediction.noise[:, 0], "ignorance": prediction.ignorance[:, 0]}


def _outside(prediction: Prediction) -> dict[str, np.ndarray | pl.Series]:
    """Whether a row is marked, and by name which of its features lie beyond their training ranges."""
    if not np.isfinite(prediction.novelty).any():
        return {}
    found: dict[str, np.ndarray | pl.Series] = {"outside": prediction.outside}
    if prediction.features:
        found["beyond"] = _beyond(prediction)
    return found


def _beyond(prediction: Prediction) -> pl.Series:
    """The features that lie beyond their training ranges, `sst, wind`: of most rows nothing, and each text once."""
    rows = np.flatnonzero(prediction.beyond.any(axis=1))
    patterns, which = np.unique(prediction.beyond[rows], axis=0, return_inverse=True)
    names = np.array(prediction.features)
    texts = pl.Series(["", *(", ".join(names[pattern]) for pattern in patterns)], dtype=pl.String)
    place = np.zeros(len(prediction), np.int64)
    place[rows] = which.ravel() + 1
    return texts.gather(place)


def _parts(prediction: Prediction) -> dict[str, np.ndarray]:
    return {f"novelty_{name}": values for name, values in prediction.novelty_parts.items()}


def _members(prediction: Prediction) -> dict[str, np.ndarray]:
    names = _classnames(prediction)
    return {
        _named(name, f"member_{number}", alone=len(names) == 1): answers[:, place]
        for number, answers in enumerate(prediction.members, start=1)
        for place, name in enumerate(names)
    }


def _classnames(prediction: Prediction) -> tuple[str, ...]:
    """The names along the last axis: classes, or targets."""
    if prediction.task is Task.CLASSIFICATION:
        return prediction.targets[0].categories
    return tuple(target.name for target in prediction.targets)


def _named(name: str, part: str, *, alone: bool) -> str:
    return part if alone else f"{name}_{part}"
