"""Predictions as a table, and the table as a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from isinglass.cli.output import emit
from isinglass.errors import DataError, UsageError
from isinglass.files import unwritable
from isinglass.types import Task

if TYPE_CHECKING:
    import polars as pl

    from isinglass.learning.prediction import Prediction
    from isinglass.objective.constraints import Residual

WRITERS: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    ".csv": lambda frame, path: frame.write_csv(path),
    ".tsv": lambda frame, path: frame.write_csv(path, separator="\t"),
    ".parquet": lambda frame, path: frame.write_parquet(path),
    ".feather": lambda frame, path: frame.write_ipc(path),
    ".json": lambda frame, path: frame.write_json(path),
}
"""How a frame is written, by the file's ending."""


def table(prediction: Prediction, *, coverage: float, members: bool, parts: bool = False) -> pl.DataFrame:
    """One line a row, counted from 1, or an image, by its file. With several targets the columns carry the target's
    name in front."""
    import polars as pl

    columns: dict[str, np.ndarray] = {}
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
    return pl.DataFrame(columns)


def laws(prediction: Prediction) -> dict[str, Residual]:
    """The residuals of the model's laws by the name of their column, as `residual_linear_law_1`."""
    return {f"residual_{law.name.replace(' ', '_')}": law for law in prediction.residuals}


def require_format(path: Path) -> Path:
    """The path, if its ending names a format. Raises UsageError."""
    if path.suffix not in WRITERS:
        raise UsageError("the ending names no format", where=str(path), given=path.suffix or "none", allowed=WRITERS)
    return path


def write(frame: pl.DataFrame, out: str) -> None:
    """To standard output as CSV (`-`), or to a file, whole or not at all.

    Raises:
        UsageError: an unknown ending. DataError: it cannot be written.
    """
    from polars.exceptions import PolarsError

    if out == "-":
        emit(frame.write_csv())
        return
    path = require_format(Path(out))
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        WRITERS[path.suffix](frame, part)
        os.replace(part, path)
    except (OSError, PolarsError) as error:
        raise unwritable(path, error, failure=DataError) from None
    finally:
        part.unlink(missing_ok=True)


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
    for place, name in enumerate(_classnames(prediction)):
        columns[f"probability_{name}"] = prediction.probabilities[:, place]
    return columns | {"noise": prediction.noise[:, 0], "ignorance": prediction.ignorance[:, 0]}


def _outside(prediction: Prediction) -> dict[str, np.ndarray]:
    """Whether a row is marked, and by name which of its features lie beyond their training ranges."""
    if not np.isfinite(prediction.novelty).any():
        return {}
    found = {"outside": prediction.outside}
    if prediction.features:
        names = np.array(prediction.features)
        found["beyond"] = np.array([", ".join(names[row]) for row in prediction.beyond], dtype=str)
    return found


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
