"""Each member's own scaling, fitted on the rows it trains on and on no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from isinglass.data.hashing import mix
from isinglass.data.quantiles import quantiles
from isinglass.errors import DataError
from isinglass.spec import Feature, Role, Task

ROWS = 50_000
"""Rows of a member from which quantiles are taken; of more, those with the smallest hashed ids (standard error of a
median about 0.6 % of the standard deviation)."""

STEEPEST = 1e38
"""The largest scale: single precision, in which most plans compute, knows no number beyond 3.4e38."""

BLOCK = 1 << 16


class Arrays(Protocol):
    """What a scaling is fitted on: a Dataset has it."""

    @property
    def inputs(self) -> np.ndarray: ...
    @property
    def targets(self) -> np.ndarray: ...
    @property
    def weights(self) -> np.ndarray: ...
    @property
    def ids(self) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class Scaling:
    """What `learning.view.scaled` computes with: z = (x - center) * scale, then missing values become 0 and `clip`
    features z / sqrt(1 + (z / 3)^2).

    Args:
        center, scale: float64 [member, feature]; scale 0 removes a feature that is constant in the member's rows.
        clip: bool [feature].
        target_center, target_scale: float64 [member, out]; y = y_scaled * target_scale + target_center.
    """

    center: np.ndarray
    scale: np.ndarray
    clip: np.ndarray
    target_center: np.ndarray
    target_scale: np.ndarray


def fit_scaling(arrays: Arrays, features: Sequence[Feature], *, role: np.ndarray, task: Task) -> Scaling:
    """Fit every member's scaling.

    Numeric and cyclic features: center = median, scale = 1 / (75 % - 25 % quantile); 2 / (maximum - minimum) where
    those quantiles are equal; 0 where all values are. One-hot and indicator features: 0 and 1, scale 0 where
    constant. Codes: 0 and 1. Targets of a regression: mean and standard deviation. All with sample weights.
    A member's scaling depends on its own TRAIN rows alone, so it is the same in every population.

    Args:
        arrays: a Dataset, or anything with inputs, targets, weights and ids.
        features: one for each column of the inputs.
        role: int8 [member, sample] of Role.
        task: classification and multilabel targets are not scaled.

    Raises:
        DataError: a member has no training row with a weight.

    Reference:
        Holzmueller, Grinsztajn, Steinwart 2024, Better by Default (RealMLP), arXiv:2407.04491.
    """
    distinct, inverse = _distinct(role)
    train = distinct == Role.TRAIN
    _require_rows(train, arrays.weights)
    center, scale = _fit_inputs(arrays, features, train)
    target_center, target_scale = _fit_targets(arrays, train, task)
    return Scaling(
        center=center[inverse],
        scale=scale[inverse],
        clip=np.array([feature.kind == "numeric" for feature in features], bool),
        target_center=target_center[inverse],
        target_scale=target_scale[inverse],
    )


def _distinct(role: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Members with the same rows (other seeds or settings) are fitted once."""
    seen: dict[bytes, int] = {}
    inverse = np.array([seen.setdefault(row.tobytes(), len(seen)) for row in role], np.intp)
    _, first = np.unique(inverse, return_index=True)
    return role[first], inverse


def _require_rows(train: np.ndarray, weights: np.ndarray) -> None:
    empty = np.flatnonzero(~(train & (weights > 0)).any(axis=1))
    if len(empty):
        raise DataError("a network has no training row with a weight", where=f"member {empty[0]}")


def _fit_inputs(arrays: Arrays, features: Sequence[Feature], train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    center = np.zeros((len(train), len(features)))
    scale = np.ones_like(center)
    rows, weight = _sample(arrays, train)
    for k, feature in enumerate(features):
        if feature.kind in ("numeric", "cyclic"):
            center[:, k], scale[:, k] = _robust(arrays.inputs[rows, k], weight)
    binary = [k for k, feature in enumerate(features) if feature.kind in ("onehot", "indicator")]
    scale[:, binary] = _varies(arrays.inputs, train & (arrays.weights > 0), binary)
    return center, scale


def _robust(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, quarter, median, three, high = quantiles(values, weight, (0.0, 0.25, 0.5, 0.75, 1.0)).T
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(three > quarter, 1.0 / (three - quarter), np.where(high > low, 2.0 / (high - low), 0.0))
    return np.nan_to_num(median, nan=0.0), np.minimum(scale, STEEPEST)


def _sample(arrays: Arrays, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows to take quantiles from, and each member's weight of them [member, row]: at most `ROWS` a member."""
    equal = bool((arrays.weights == arrays.weights[0]).all())
    if train.shape[1] <= ROWS:
        rows, chosen = np.arange(train.shape[1]), train
    else:
        rows, chosen = _first_by_hash(arrays.ids, train & (arrays.weights > 0))
    return rows, chosen.view(np.uint8) if equal else chosen * arrays.weights[rows]


def _first_by_hash(ids: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(mix(ids), kind="stable")
    length = 2 * ROWS
    wanted = np.minimum(train.sum(axis=1), ROWS)
    while True:
        counts = np.cumsum(train[:, order[:length]], axis=1, dtype=np.int32)
        if length >= len(order) or (counts[:, -1] >= wanted).all():
            break
        length *= 2
    rows = order[:length]
    return rows, train[:, rows] & (counts <= ROWS)


def _varies(inputs: np.ndarray, train: np.ndarray, columns: list[int]) -> np.ndarray:
    """float64 [member, column]: 1 where a member's rows hold both 0 and 1, else 0."""
    ones = np.zeros((len(train), len(columns)))
    present = np.zeros_like(ones)
    for start in range(0, len(inputs) if columns else 0, BLOCK):
        block = inputs[start : start + BLOCK, columns]
        member = train[:, start : start + BLOCK].astype(np.float32)
        ones += member @ (block > 0).astype(np.float32)
        present += member @ (~np.isnan(block)).astype(np.float32)
    return ((ones > 0) & (ones < present)).astype(np.float64)


def _fit_targets(arrays: Arrays, train: np.ndarray, task: Task) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(train), arrays.targets.shape[1])
    if task is not Task.REGRESSION:
        return np.zeros(shape), np.ones(shape)
    origin = np.median(arrays.targets, axis=0)  # amid the data, so that the sums of squares lose no digits
    sums = np.zeros((3, *shape))
    for start in range(0, train.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        weight = train[:, block] * arrays.weights[block]
        shifted = arrays.targets[block] - origin
        sums += np.stack([weight @ np.ones_like(shifted), weight @ shifted, weight @ shifted**2])
    total, first, second = sums
    mean = first / total
    spread = np.sqrt(np.maximum(second / total - mean**2, 0.0))
    # A spread below rounding is none: a target that is constant in these rows keeps its unit.
    noise = np.maximum(1e-7 * np.abs(mean), 1e-13 * np.abs(mean + origin))
    return mean + origin, np.where(spread > noise, spread, 1.0)
