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

from isinglass.data.leaks.copies import ORDERED, contradictions, target_copies
from isinglass.data.leaks.parts import copied_images, duplicate_rows, future_rows, group_overlap
from isinglass.data.splits.splits import Splits
from isinglass.data.tables.collinearity import linear_relations
from isinglass.spec import Role

__all__ = [
    "contradictions",
    "copied_images",
    "duplicate_rows",
    "find_leaks",
    "future_rows",
    "group_overlap",
    "target_copies",
]


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
    if not dataset.schema.spec.flat:  # no single pixel or step is a copy of the target
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
