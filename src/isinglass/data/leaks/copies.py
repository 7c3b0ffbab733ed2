"""Targets hidden among the inputs, and equal inputs with different targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from isinglass.data.hashing import mix
from isinglass.data.splits.duplicates import distinct
from isinglass.errors import LeakError
from isinglass.remarks import Remark
from isinglass.spec import Task

EXACT, NEAR = 0.999999, 0.9999
FEWEST = 10  # with fewer distinct rows than this, a perfect correlation is chance
ORDERED = 100_000  # rows looked at for an equal order


def contradictions(inputs: np.ndarray, ids: np.ndarray) -> tuple[str, ...]:
    """Rows that share all inputs with another row, but not the target."""
    hashed = _row_hash(inputs)
    if distinct(hashed):
        return ()
    _, code, size = np.unique(hashed, return_inverse=True, return_counts=True)
    _, one_of_each = np.unique(mix(code.astype(np.uint64)) ^ ids, return_index=True)
    kinds = np.bincount(code[one_of_each], minlength=len(size))
    count = int(size[kinds > 1].sum())
    if not count:
        return ()
    return (f"{count} rows have the inputs of another row but a different target: noise, or an input is missing",)


def target_copies(inputs: np.ndarray, targets: np.ndarray, schema: Any) -> tuple[str, ...]:
    """Inputs that are the target in disguise. `schema` gives `features`, `targets` (columns) and `task`."""
    if len(inputs) < FEWEST:
        return ()
    only = len({feature.column for feature in schema.features}) == 1
    notes: list[str] = []
    for index, target in enumerate(schema.targets):
        for column in dict.fromkeys(feature.column for feature in schema.features):
            places = [place for place, feature in enumerate(schema.features) if feature.column == column]
            how = _disguise(inputs, places, targets[:, min(index, targets.shape[1] - 1)], schema)
            if how:
                notes.append(_judge(column, target.name, how, only=only))
    return tuple(notes)


def _judge(column: str, target: str, how: tuple[str, bool], *, only: bool) -> str:
    words, certain = how
    if certain and not only:
        raise LeakError(
            f"the target '{target}' is copied in the input '{column}': {words}",
            where=f"column '{column}'",
            instead=f"leave it out with `--drop {_quoted(column)}`.",
        )
    looks = f"'{column}' looks like the target '{target}': {words}"
    return Remark(f"{looks}; if it is not known beforehand, `--drop {_quoted(column)}`", "leak")


def _quoted(name: str) -> str:
    return name if name.replace("_", "").isalnum() else f"'{name}'"


def _disguise(inputs: np.ndarray, places: list[int], target: np.ndarray, schema: Any) -> tuple[str, bool] | None:
    """How the features of one column repeat the target, and whether that is certain; None where they do not."""
    values = inputs[:, places]
    kinds = {schema.features[place].kind for place in places}
    numeric = [place for place in places if schema.features[place].kind == "numeric"]
    if schema.task is Task.REGRESSION and len(numeric) == 1:
        return _numeric(inputs[:, numeric[0]], target)
    if schema.task is not Task.REGRESSION and "cyclic" not in kinds and _renamed(values, target):
        return "each of its values stands for one class", True
    return None


def _numeric(values: np.ndarray, target: np.ndarray) -> tuple[str, bool] | None:
    step = max(len(values) // ORDERED, 1)
    x, y = _present(values[::step], target[::step])
    if len(np.unique(x)) < FEWEST or np.ptp(y) == 0.0:
        return None
    strength = abs(_correlation(x, y))
    # A part of a large table settles most columns; only what stands out there is worth the whole.
    if step > 1 and strength > NEAR:
        strength = abs(_correlation(*_present(values, target)))
    if strength > EXACT:
        return f"abs. correlation {strength:.7f}", True
    if strength > NEAR:
        return f"abs. correlation {strength:.5f}", False
    return ("it orders the rows exactly as the target does", False) if _same_order(x, y) else None


def _present(values: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = np.isfinite(values)
    return values[present].astype(np.float64), target[present]


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    x, y = (values / (np.abs(values).max() or 1.0) for values in (x - x.mean(), y - y.mean()))  # no under- or overflow
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def _same_order(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether the target rises (or falls) strictly wherever the input rises, and is equal where it is equal."""
    order = np.argsort(x, kind="stable")
    dx, dy = np.diff(x[order]), np.diff(y[order])
    up, down = np.sign(dy) == np.sign(dx), np.sign(dy) == -np.sign(dx)
    return bool((up.all() or down.all()) and (dx > 0).sum() >= FEWEST**2)


def _renamed(values: np.ndarray, target: np.ndarray) -> bool:
    """Whether distinct values of a column [sample, feature] and distinct targets [sample] belong one to one."""
    step = len(values) // ORDERED
    # A part of a large table settles most columns; only what passes there is worth the whole.
    if step > 1 and not _one_to_one(values[::step], target[::step]):
        return False
    return _one_to_one(values, target)


def _one_to_one(values: np.ndarray, target: np.ndarray) -> bool:
    _, code = np.unique(_row_hash(values), return_inverse=True)
    labels, label = np.unique(target, return_inverse=True)
    pairs = len(np.unique(code * len(labels) + label))
    return len(labels) >= 2 and int(code.max()) + 1 == pairs == len(labels) and len(target) >= 5 * pairs


def _row_hash(inputs: np.ndarray) -> np.ndarray:
    """Equal for equal rows of float32 [sample, feature], missing values included: uint64 [sample]."""
    same = np.zeros(len(inputs), np.uint64)
    for column in inputs.T:
        same = mix(same ^ (column + np.float32(0.0)).view(np.uint32))
    return same
