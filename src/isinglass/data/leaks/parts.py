"""Test rows that were seen in training: the same group, the future, an equal row."""

from __future__ import annotations

import numpy as np

from isinglass.data.splits.duplicates import copies, distinct
from isinglass.data.splits.splits import Splits
from isinglass.errors import LeakError
from isinglass.remarks import Remark
from isinglass.spec import Role


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
    if splits.kind == "time":
        return (f"{what}: the score is for later rows of known groups; splits.kind = 'group' tests on new groups",)
    return (Remark(f"{what}: the score flatters the model; splits.kind = 'group' keeps groups whole", "overlap"),)


def future_rows(time: np.ndarray | None, splits: Splits) -> tuple[str, ...]:
    """Training rows that are not earlier than all test rows of their fold."""
    if time is None:
        return ()
    time = np.asarray(time, np.float64)
    late = np.zeros(len(time), bool)
    for fold in splits.role:
        tested = time[fold == Role.TEST]
        late |= (fold == Role.TRAIN) & (time >= tested.min()) if tested.size else False
    count = int(late.sum())
    if not count:
        return ()
    what = f"{count} training rows are not earlier than the first test row of their fold"
    if splits.kind == "time":
        raise LeakError(what, where="splits", instead="test rows that are the latest, as kind = 'time' makes them.")
    told = f"{what}: the score is for filling gaps, not for forecasting; splits.kind = 'time' tests on the latest rows"
    return (Remark(told, "forecast"),)


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
    return (Remark(f"{what}: the score flatters the model", "overlap"),)


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
    return (Remark(f"{what}: the score flatters the model", "overlap"),)
