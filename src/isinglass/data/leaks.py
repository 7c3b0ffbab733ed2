"""Test rows seen in training, and targets hidden among the inputs: what can be detected, as errors and warnings.

| what | verdict |
|---|---|
| a group in the training and the test rows of a fold | error for a split by groups, else warning |
| a training row at or after a test row in time | error for a split by time, else warning |
| a test row that equals a training row | error where these are most of the test rows, else warning |
| an input that is the target up to scale and offset (abs. correlation > 0.999999), or renames its values | error |
| the same for the only input column (a law without noise, perhaps) | warning |
| abs. correlation > 0.9999, or an input that orders the rows exactly as the target does | warning |
| a target that is a sum of multiples of numeric inputs | warning |
| equal inputs with different targets | note: noise, or a missing input |
"""

from __future__ import annotations

from typing import Any

import numpy as np

from isinglass.data.hashing import mix
from isinglass.data.relations import linear_relations
from isinglass.data.splits.copies import copies, distinct
from isinglass.data.splits.splits import Splits
from isinglass.errors import LeakError
from isinglass.types import Role, Task

EXACT, NEAR = 0.999999, 0.9999
FEWEST = 10  # with fewer distinct rows than this, a perfect correlation is chance
ORDERED = 100_000  # rows looked at for an equal order


def find_leaks(dataset: Any, splits: Splits) -> tuple[str, ...]:
    """Look for leaks between parts and between inputs and targets.

    Args:
        dataset: a Dataset (`inputs`, `targets`, `schema`, `coords`, `ids`).
        splits: its division.

    Returns:
        Warnings for the user, each one sentence.

    Raises:
        LeakError: see the table above; names the column or the rows, and the cure.
    """
    between_parts = (
        *group_overlap(dataset.coords.get("group"), splits),
        *future_rows(dataset.coords.get("time"), splits),
    )
    if dataset.inputs.ndim != 2:  # images: no single pixel is a copy of the target
        return (*between_parts, *copied_images(dataset.ids, dataset.files, splits))
    return (
        *between_parts,
        *duplicate_rows(dataset.ids, splits.role),
        *target_copies(dataset.inputs, dataset.targets, dataset.schema),
        *_relations(dataset, splits),
        *contradictions(dataset.inputs, dataset.ids),
    )


def _relations(dataset: Any, splits: Splits) -> tuple[str, ...]:
    train = np.flatnonzero((splits.role == Role.TRAIN).any(axis=0))
    rows = train[:: max(1, len(train) // ORDERED)]
    return linear_relations(dataset.inputs[rows], dataset.targets[rows], dataset.schema)


def group_overlap(group: np.ndarray | None, splits: Splits) -> tuple[str, ...]:
    """Groups with rows in both the TRAIN and the TEST part of a fold."""
    if group is None:
        return ()
    names, code = np.unique(group, return_inverse=True)
    shared = copies(splits.role, code)
    if not shared.any():
        return ()
    hit = np.unique(code[shared.any(0)])
    what = (
        f"{len(hit)} of {len(names)} groups have training and test rows in the same fold, '{names[hit[0]]}' among them"
    )
    if splits.kind == "group":
        raise LeakError(what, where="splits", instead="kind = 'group' without parts of your own.")
    return (f"{what}: the score flatters the model; kind = 'group' keeps groups whole",)


def future_rows(time: np.ndarray | None, splits: Splits) -> tuple[str, ...]:
    """Training rows that are not earlier than all test rows of their fold."""
    if time is None:
        return ()
    time = np.asarray(time, np.float64)
    count = 0
    for fold in splits.role:
        tested = time[fold == Role.TEST]
        count += int((time[fold == Role.TRAIN] >= tested.min()).sum()) if tested.size else 0
    if not count:
        return ()
    what = f"{count} training rows are not earlier than the first test row of their fold"
    if splits.kind == "time":
        raise LeakError(what, where="splits", instead="test rows that are the latest, as kind = 'time' makes them.")
    return (f"{what}: the score is for filling gaps, not for forecasting; kind = 'time' tests on the latest rows",)


def duplicate_rows(ids: np.ndarray, role: np.ndarray) -> tuple[str, ...]:
    """Test rows that equal a training row of their fold."""
    if distinct(ids):
        return ()
    _, code = np.unique(ids, return_inverse=True)
    swapped = np.select([role == Role.TEST, role == Role.TRAIN], [np.int8(Role.TRAIN), np.int8(Role.TEST)], role)
    count, tested = int(copies(swapped, code).sum()), int((role == Role.TEST).sum())
    if not count:
        return ()
    what = f"{count} of {tested} test rows equal a training row"
    if 2 * count > tested:
        raise LeakError(what, where="splits", instead="parts without common rows; isinglass makes them itself.")
    return (f"{what}: the score flatters the model",)


def copied_images(ids: np.ndarray, files: np.ndarray, splits: Splits) -> tuple[str, ...]:
    """Test images whose pixels are those of a training image, by name; an error where these are most and the parts
    are not the source's own."""
    hit: list[str] = []
    for fold in splits.role:
        train, test = np.flatnonzero(fold == Role.TRAIN), np.flatnonzero(fold == Role.TEST)
        order = train[np.argsort(ids[train], kind="stable")]
        twin = order[np.searchsorted(ids[order], ids[test]).clip(max=len(order) - 1)]
        same = ids[twin] == ids[test]
        hit += [f"{files[a]} = {files[b]}" for a, b in zip(test[same], twin[same], strict=True)]
    tested = int((splits.role == Role.TEST).sum())
    if not hit:
        return ()
    what = f"{len(hit)} of {tested} test images equal a training image ({'; '.join(hit[:3])}{' ...' * (len(hit) > 3)})"
    if 2 * len(hit) > tested and splits.kind != "official":
        raise LeakError(what, where="splits", instead="parts without common images; isinglass makes them itself.")
    return (f"{what}: the score flatters the model",)


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
    return f"{looks}; if it is not known beforehand, `--drop {_quoted(column)}`"


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
