"""The one score that decides, as a function of predictions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from isinglass.evaluation.metrics import deciding
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task


def score_of(task: Task, observed: np.ndarray, weights: np.ndarray) -> Callable[[np.ndarray], float]:
    """The deciding score of predictions [sample, ...] (means, or probabilities) for these rows."""
    metric, name = deciding(task, observed.shape[1]), "mean" if task is Task.REGRESSION else "probabilities"
    blank = Outcome(observed=observed, task=task, weights=weights)
    return lambda predicted: metric(replace(blank, **{name: np.asarray(predicted, dtype=np.float64)}))
