"""Numbers that say how good predictions are. To add one: a `Metric` in the file of its kind, and its line here."""

from __future__ import annotations

from isinglass.evaluation.metrics import classification, probabilistic, regression
from isinglass.evaluation.metrics.metric import Metric as Metric
from isinglass.evaluation.metrics.probabilistic import bounds as bounds
from isinglass.evaluation.metrics.probabilistic import coverage as coverage
from isinglass.evaluation.metrics.probabilistic import pit as pit
from isinglass.evaluation.metrics.probabilistic import reliability as reliability
from isinglass.types import Task

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        regression.RMSE,
        regression.MAE,
        regression.R2,
        regression.BIAS,
        regression.CORRELATION,
        classification.ACCURACY,
        classification.BALANCED_ACCURACY,
        classification.F1,
        classification.AUC,
        classification.LOG_LOSS,
        classification.BRIER,
        classification.ECE,
        probabilistic.NLL,
        probabilistic.CRPS,
        probabilistic.COVERAGE_90,
        probabilistic.SHARPNESS,
        probabilistic.INTERVAL_SCORE,
        probabilistic.PIT,
    )
}

DECIDING: dict[Task, str] = {
    Task.REGRESSION: "rmse",
    Task.CLASSIFICATION: "brier",
    Task.MULTILABEL: "brier",
}
"""The metric by which methods are ranked: a proper score that stays finite whatever a method says."""
