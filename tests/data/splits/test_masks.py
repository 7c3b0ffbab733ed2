"""A class that only the test's masks, or only the training's, hold is told by its name."""

from __future__ import annotations

import numpy as np

from isinglass.data.splits.masks import unseen_in_masks
from isinglass.data.splits.splits import Rows
from isinglass.spec import Role, Task


def rows_of(masks: list[list[int]]) -> Rows:
    targets = np.array(masks, np.uint8)[:, None, None]
    return Rows(np.arange(len(masks), dtype=np.uint64), targets, Task.SEGMENTATION, {}, ("10", "30", "80"))


def test_classes_of_one_part_are_named() -> None:
    role = np.array([[Role.TRAIN, Role.TRAIN, Role.TEST, Role.TEST]], np.int8)
    rows = rows_of([[0, 1], [0, 1], [0, 2], [0, 255]])
    untested, strange = unseen_in_masks(rows, role)
    assert "no unseen mask holds the class '30'" in untested
    assert "'80' occur in masks of the test but not in those of the training" in strange


def test_classes_of_all_parts_are_not() -> None:
    role = np.array([[Role.TRAIN, Role.TEST], [Role.TEST, Role.TRAIN]], np.int8)
    assert unseen_in_masks(rows_of([[0, 1], [1, 0]]), role) == ()
    assert "'10'" in unseen_in_masks(rows_of([[0, 1], [1, 1]]), role)[0]
