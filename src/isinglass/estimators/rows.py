"""The rows of a fit: each different row once, with its weight, in an order that depends on their content alone.

A row of weight 2, the row written twice, and two rows of weight 1 in any order are therefore one and the same thing
to the last bit; a row of weight zero is no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array

from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import row_ids
from isinglass.data.hashing import hash_values, mix
from isinglass.data.splits import Splits
from isinglass.data.tables.schema import Schema
from isinglass.spec import Role

REPEATED = 10.0
"""Whole-number weights are counts of rows, and the number of steps follows them, up to this mean. Beyond it they say
what each row stands for, and training on as many rows would take for ever."""


@dataclass(frozen=True)
class Rows:
    """Different rows, and where each row of X went.

    Args:
        dataset: the different rows.
        splits: one fold, all of it training rows; units are rows or groups.
        place: int64 [sample] of X's rows with a weight.
    """

    dataset: Dataset
    splits: Splits
    place: np.ndarray


def weights_of(sample_weight: Any, samples: int) -> np.ndarray:
    """float64 [sample], 1 where nothing is given.

    Raises:
        ValueError: another shape, a negative or missing weight, or nothing but zeros.
    """
    if sample_weight is None:
        return np.ones(samples)
    weights = check_array(sample_weight, ensure_2d=False, dtype="float64", input_name="sample_weight")
    if weights.shape != (samples,):
        raise ValueError(f"sample_weight has shape {weights.shape}, expected ({samples},)")
    if (weights < 0).any():
        raise ValueError("Negative values in sample_weight")
    if not (weights > 0).any():
        raise ValueError("Sample weights must contain at least one non-zero number: all are zero")
    return weights


def groups_of(groups: Any, samples: int) -> np.ndarray | None:
    """uint64 [sample], equal for rows of one group; None where no groups are given."""
    if groups is None:
        return None
    given = np.asarray(groups)
    if given.shape != (samples,):
        raise ValueError(f"groups has shape {given.shape}, expected ({samples},)")
    return hash_values(given)


def collect(
    inputs: np.ndarray, targets: np.ndarray, weights: np.ndarray, groups: np.ndarray | None, schema: Schema
) -> Rows:
    """Different rows of inputs [sample, feature] and targets [sample, out], their weights added up.

    One row alone is taken for two halves: one to train on, one to stop by.
    """
    ids = row_ids(inputs, targets)
    keys = ids if groups is None else mix(ids ^ mix(groups))
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    total = np.bincount(place, weights=weights)
    first, total = (first, total) if len(first) > 1 else (first.repeat(2), total.repeat(2) / 2)
    if total.mean() > REPEATED:
        total = total / total.mean()
    arrays = {"inputs": inputs[first], "targets": targets[first], "weights": total, "ids": ids[first]}
    dataset = Dataset(**arrays, schema=schema, coords={}, name="table", fingerprint="")
    role = np.full((1, len(first)), Role.TRAIN, np.int8)
    units = _units(dataset.ids, None if groups is None else groups[first])
    return Rows(dataset, Splits(role=role, kind="random", scheme="sealed", units=units), place)


def _units(ids: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """What goes into a bag together: the rows of a group; of one group alone, or without groups, equal rows."""
    if groups is not None and (groups != groups[0]).any():
        return groups
    return ids if (ids != ids[0]).any() else np.arange(len(ids), dtype=np.uint64)
