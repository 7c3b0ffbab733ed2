"""How long conventional methods will take, told before they begin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from isinglass.data.splits.splits import Splits
from isinglass.evaluation.baselines.baseline import Baseline
from isinglass.evaluation.baselines.images.masks import MaskBaseline
from isinglass.evaluation.baselines.segmentation import LIMIT
from isinglass.spec import Role

MASKS = 5.0
"""Seconds a million pixels of masks, all heads."""
UNSURE = 3.0
"""A processor is at most so many times quicker or slower than was expected of it."""


def expected(
    baselines: Mapping[str, Baseline | MaskBaseline], names: tuple[str, ...], dataset: Any, splits: Splits
) -> dict[str, float]:
    """Seconds for each method that will be run, in the order of the registry.

    Args:
        baselines: the registry.
        names: keys of the methods that are asked for.
        dataset: the rows.
        splits: their division.
    """
    served = [name for name in baselines if name in names and dataset.schema.task in baselines[name].tasks]
    return {name: _seconds(baselines[name], dataset, splits) for name in served}


def remaining(expectation: Mapping[str, float], done: int, seconds: float) -> float:
    """What is left after the first `done` methods took so many seconds."""
    each = list(expectation.values())
    before, after = sum(each[:done]), sum(each[done:])
    # What has run so far counts as much as two seconds of expectation: the first methods take next to nothing.
    factor = (seconds + 2.0) / (before + 2.0)
    return after * min(max(factor, 1 / UNSURE), UNSURE)


def _seconds(baseline: Baseline | MaskBaseline, dataset: Any, splits: Splits) -> float:
    size = math.prod(dataset.inputs.shape[1:]) / 1e6
    trained = (splits.role == Role.TRAIN).sum(axis=1)
    if isinstance(baseline, MaskBaseline):
        return float(np.minimum(trained, LIMIT).sum() + len(splits.tested)) * size * MASKS * baseline.simplicity
    fold, numbers = baseline.pace
    return float((fold + numbers * size * np.minimum(trained, baseline.limit)).sum())
