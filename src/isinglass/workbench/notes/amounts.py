"""Targets that are amounts, and often exactly 0: what loss fits them, and what loss cannot be had with them."""

from __future__ import annotations

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.errors import DataError
from isinglass.objective.losses import ZERO_INFLATED_GAMMA, Loss
from isinglass.spec import Column, Task

OFTEN = 0.5
"""With more zeros than this, no normal distribution of one mean and sigma comes near."""


def check_amounts(loss: Loss, dataset: Dataset) -> tuple[str, ...]:
    """A note for each target of which more than half are exactly 0 and none is below, where the loss cannot say so.

    Raises:
        DataError: a target is smaller than the loss allows; row and column are named.
    """
    if dataset.schema.task is not Task.REGRESSION:
        return ()
    pairs = list(zip(dataset.schema.targets, dataset.targets.T, strict=True))
    for column, values in pairs:
        _require(loss, column, values, dataset)
    told = () if loss.lowest == 0.0 else tuple(note for column, values in pairs if (note := _note(column, values)))
    return told


def _require(loss: Loss, column: Column, values: np.ndarray, dataset: Dataset) -> None:
    low = np.flatnonzero(values < loss.lowest)
    if len(low):
        raise DataError(
            f"the loss {loss.name} is for targets from {loss.lowest:g} on ({len(low)} are smaller)",
            where=f"{dataset.name}, row {dataset.rows[low[0]]}, column '{column.name}'",
            given=float(values[low[0]]),
            instead="another loss: gaussian, squared, student_t",
        )


def _note(column: Column, values: np.ndarray) -> str:
    share = float(np.mean(values == 0))
    if share <= OFTEN or values.min() < 0:
        return ""
    return (
        f"{column.name}: {100 * share:.0f} % of the values are exactly 0 and none is smaller; "
        f"--loss {ZERO_INFLATED_GAMMA.name} learns whether there is any and how much, and no band goes below 0"
    )
