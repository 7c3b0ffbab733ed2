"""How good predicted masks are, from counts of pixels pooled over samples.

Every score is a function of the summed confusion tables n[observed, predicted] of a head, or of the summed counts of
edge pixels. Several heads count equally. Classes that are neither observed nor predicted are left out.

The scores of ice charts are those of the AutoICE challenge (Stokholm et al. 2024, The AutoICE Challenge,
doi:10.5194/tc-18-3471-2024): R2 of the concentration class, F1 weighted by the classes' pixels for the two others, and
(2 SIC + 2 SOD + FLOE) / 5 of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from isinglass.evaluation.metrics.metric import Metric, divide, given, over_cells
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task

TASKS = (Task.SEGMENTATION,)
CONCENTRATION, STAGE, FLOE = "SIC", "SOD", "FLOE"
"""The heads of an ice chart: sea-ice concentration, stage of development, floe size."""

Score = Callable[[np.ndarray], np.ndarray]


def counts(outcome: Outcome) -> np.ndarray:
    """The tables of each sample: float64 [sample, head, class * class]."""
    confusion = given(outcome.confusion)
    return confusion.reshape(*confusion.shape[:2], -1).astype(np.float64)


def iou(table: np.ndarray) -> np.ndarray:
    """TP / (TP + FP + FN) of each class, NaN where it is nowhere: [..., class, class] -> [..., class]."""
    hit = _diagonal(table)
    return divide(hit, table.sum(-1) + table.sum(-2) - hit)


def f1(table: np.ndarray) -> np.ndarray:
    """2 TP / (2 TP + FP + FN) of each class, NaN where it is nowhere: [..., class, class] -> [..., class]."""
    return divide(2 * _diagonal(table), table.sum(-1) + table.sum(-2))


def weighted_f1(table: np.ndarray) -> np.ndarray:
    """The mean of `f1` weighted by the observed pixels of each class: [..., class, class] -> [...]."""
    size = table.sum(-1)
    return divide((size * np.nan_to_num(f1(table))).sum(-1), size.sum(-1))


def ordered_r2(table: np.ndarray) -> np.ndarray:
    """1 - sum (j - i)^2 / sum (i - mean i)^2 over pixels observed as i and predicted as j; NaN where only one class
    is observed: [..., class, class] -> [...]."""
    place = np.arange(table.shape[-1], dtype=np.float64)
    size = table.sum(-1)
    mean = divide((size * place).sum(-1), size.sum(-1))
    spread = (size * (place - mean[..., None]) ** 2).sum(-1)
    error = (table * (place[:, None] - place) ** 2).sum((-1, -2))
    return 1.0 - divide(error, spread)


def _accuracy(table: np.ndarray) -> np.ndarray:
    return divide(_diagonal(table).sum(-1), table.sum((-1, -2)))


def _diagonal(table: np.ndarray) -> np.ndarray:
    return np.diagonal(table, axis1=-2, axis2=-1)


def _tables(means: np.ndarray) -> np.ndarray:
    """[..., head, class * class] -> [..., head, class, class]."""
    classes = math.isqrt(means.shape[-1])
    return means.reshape(*means.shape[:-1], classes, classes)


def _over_heads(means: np.ndarray, *, score: Score) -> np.ndarray:
    return over_cells(score(_tables(means)))


def _mean_iou(table: np.ndarray) -> np.ndarray:
    return over_cells(iou(table))


def _mean_f1(table: np.ndarray) -> np.ndarray:
    return over_cells(f1(table))


def _edges(outcome: Outcome) -> np.ndarray:
    """[sample, head * class, 4]."""
    boundary = given(outcome.boundary)
    return boundary.reshape(len(boundary), -1, 4).astype(np.float64)


def _boundary_f1(means: np.ndarray) -> np.ndarray:
    said, said_found, true, true_found = np.moveaxis(means, -1, 0)
    precision, recall = divide(said_found, said), divide(true_found, true)
    harmonic = np.nan_to_num(divide(2 * precision * recall, precision + recall))
    # A class with an edge on one side only has none of it right; one without any edge says nothing.
    return over_cells(np.where(said + true > 0, harmonic, np.nan))


def _of_heads(outcome: Outcome, *, names: tuple[str, ...]) -> np.ndarray:
    return counts(outcome)[:, [outcome.heads.index(name) for name in names]]


def _sea_ice(means: np.ndarray) -> np.ndarray:
    concentration, stage, floe = np.moveaxis(_tables(means), -3, 0)
    return (2 * ordered_r2(concentration) + 2 * weighted_f1(stage) + weighted_f1(floe)) / 5


def _maps(name: str, label: str, score: Score) -> Metric:
    return Metric(name, label, counts, partial(_over_heads, score=score), "high", TASKS, ("confusion",), part="rows")


def _named(name: str, label: str, finish: Score, *heads: str) -> Metric:
    needs = tuple(f"heads.{head}" for head in heads)
    return Metric(name, label, partial(_of_heads, names=heads), finish, "high", TASKS, needs, part="rows")


def class_iou(head: str, index: int, label: str) -> Metric:
    """The IoU of one class of a head, NaN where it is neither observed nor predicted."""

    def finish(means: np.ndarray) -> np.ndarray:
        return iou(_tables(means))[..., 0, index]

    return _named(f"iou.{head}.{label}", f"IoU of {label}", finish, head)


MEAN_IOU = _maps("mean_iou", "mean IoU", _mean_iou)
"""Mean over classes of the intersection over the union, TP / (TP + FP + FN), pixels of all samples pooled."""

PIXEL_ACCURACY = _maps("pixel_accuracy", "pixel accuracy", _accuracy)
"""Part of the pixels whose class is right."""

PIXEL_F1 = _maps("pixel_f1", "pixel F1 (macro)", _mean_f1)
"""Mean over classes of 2 TP / (2 TP + FP + FN) of the pooled pixels."""

WEIGHTED_F1 = _maps("weighted_f1", "pixel F1 (weighted)", weighted_f1)
"""The same, classes weighted by their observed pixels."""

BOUNDARY_F1 = Metric("boundary_f1", "boundary F1", _edges, _boundary_f1, "high", TASKS, ("boundary",), part="rows")
"""Mean over classes of the harmonic mean of precision and recall of edge pixels, found within the tolerance of
`pixels.boundary_of`; counts of all samples pooled (Csurka et al. 2013 average over images)."""

SIC_R2 = _named("sic_r2", "R² of ice concentration", partial(_over_heads, score=ordered_r2), CONCENTRATION)
SOD_F1 = _named("sod_f1", "F1 of stage of development", partial(_over_heads, score=weighted_f1), STAGE)
FLOE_F1 = _named("floe_f1", "F1 of floe size", partial(_over_heads, score=weighted_f1), FLOE)
SEA_ICE = _named("sea_ice", "combined score of ice charts", _sea_ice, CONCENTRATION, STAGE, FLOE)
"""(2 R2 of SIC + 2 F1 of SOD + F1 of FLOE) / 5."""
