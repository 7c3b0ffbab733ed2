"""Numbers that say how good predictions are. To add one: a `Metric` in the file of its kind, and its line here."""

from __future__ import annotations

from isinglass.evaluation.metrics import classification, probabilistic, regression, segmentation
from isinglass.evaluation.metrics.metric import Metric as Metric
from isinglass.evaluation.metrics.probabilistic import bounds as bounds
from isinglass.evaluation.metrics.probabilistic import coverage as coverage
from isinglass.evaluation.metrics.probabilistic import pit as pit
from isinglass.evaluation.metrics.probabilistic import reliability as reliability
from isinglass.evaluation.metrics.segmentation import class_iou as class_iou
from isinglass.spec import Task

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        regression.RMSE,
        regression.NRMSE,
        regression.MAE,
        regression.R2,
        regression.BIAS,
        regression.CORRELATION,
        classification.ACCURACY,
        classification.BALANCED_ACCURACY,
        classification.F1,
        classification.AUC,
        classification.AVERAGE_PRECISION,
        classification.LOG_LOSS,
        classification.BRIER,
        classification.ECE,
        probabilistic.NLL,
        probabilistic.CRPS,
        probabilistic.COVERAGE_90,
        probabilistic.SHARPNESS,
        probabilistic.INTERVAL_SCORE,
        probabilistic.PIT,
        segmentation.MEAN_IOU,
        segmentation.PIXEL_ACCURACY,
        segmentation.PIXEL_F1,
        segmentation.WEIGHTED_F1,
        segmentation.BOUNDARY_F1,
        segmentation.SIC_R2,
        segmentation.SOD_F1,
        segmentation.FLOE_F1,
        segmentation.SEA_ICE,
    )
}

DECIDING: dict[Task, str] = {
    Task.REGRESSION: "rmse",
    Task.CLASSIFICATION: "brier",
    Task.MULTILABEL: "brier",
    Task.SEGMENTATION: "mean_iou",
}
"""The metric by which methods are ranked: a proper score that stays finite whatever a method says; for masks, of which
only counts are kept, the overlap."""


def deciding(task: Task, outputs: int = 1) -> Metric:
    """The metric of `DECIDING`; of several targets, whose units and sizes may differ, the RMSE in units of each one's
    spread."""
    return METRICS["nrmse" if task is Task.REGRESSION and outputs > 1 else DECIDING[task]]
