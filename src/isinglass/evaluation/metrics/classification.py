"""How good class labels and probabilities are; with several labels each label is a yes-or-no question of its own."""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.metrics.metric import Metric, divide, first, given, over_cells
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Task

TASKS = (Task.CLASSIFICATION, Task.MULTILABEL)
NEEDS = ("probabilities",)
BINS = 15  # Guo et al. 2017
TINY = 1e-7  # a probability below this counts as this in the logarithm: float32 knows no smaller distance from 1


def _truth(outcome: Outcome) -> np.ndarray:
    """1 where the class (or label) is the observed one: [sample, class]."""
    if outcome.task is Task.MULTILABEL:
        return outcome.observed
    return (outcome.labels[:, None] == np.arange(given(outcome.probabilities).shape[1])).astype(np.float64)


def _choice(outcome: Outcome) -> np.ndarray:
    """1 where the class is the most probable one, or the label more likely than not: [sample, class]."""
    probabilities = given(outcome.probabilities)
    if outcome.task is Task.MULTILABEL:
        return (probabilities >= 0.5).astype(np.float64)
    return (probabilities.argmax(1)[:, None] == np.arange(probabilities.shape[1])).astype(np.float64)


def _hits(outcome: Outcome) -> np.ndarray:
    if outcome.task is Task.MULTILABEL:
        return (_choice(outcome) == _truth(outcome)).astype(np.float64)[:, None]
    return (_choice(outcome) * _truth(outcome)).sum(1)[:, None, None]


def _confusion(outcome: Outcome) -> np.ndarray:
    truth, choice = _truth(outcome), _choice(outcome)
    return np.stack([truth * choice, truth, choice], axis=1)


def _rates(outcome: Outcome) -> np.ndarray:
    """Hits and sizes of each class; of the yes and of the no of each label."""
    truth, choice = _truth(outcome), _choice(outcome)
    if outcome.task is Task.MULTILABEL:
        truth, choice = np.hstack([truth, 1 - truth]), np.hstack([choice, 1 - choice])
    return np.stack([truth * choice, truth], axis=1)


def _recall(means: np.ndarray) -> np.ndarray:
    return over_cells(divide(means[..., 0, :], means[..., 1, :]))


def _f1(means: np.ndarray) -> np.ndarray:
    hit, actual, chosen = np.moveaxis(means, -2, 0)
    return over_cells(divide(2 * hit, actual + chosen))


def _placements(outcome: Outcome) -> np.ndarray:
    """DeLong's structural components of the area of each class: [sample, 5, class]."""
    truth, score = _truth(outcome), given(outcome.probabilities)
    if outcome.task is Task.CLASSIFICATION and score.shape[1] == 2:
        truth, score = truth[:, 1:], score[:, 1:]  # the other class has the same area
    return np.stack([_area(t, s, outcome.weights) for t, s in zip(truth.T, score.T, strict=True)], axis=2)


def _area(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    positive, negative = weights * truth, weights * (1 - truth)
    _, place = np.unique(score, return_inverse=True)
    below = divide(_middle(negative, place), negative.sum())  # of a positive: the negatives it outranks
    above = 1.0 - divide(_middle(positive, place), positive.sum())
    area = divide((positive * np.nan_to_num(below)).sum(), positive.sum())
    defined = np.isfinite(below).all() and np.isfinite(above).all()
    columns = [truth, truth * below, 1 - truth, (1 - truth) * above, np.full(len(truth), area)]
    return np.stack(columns, axis=1) if defined else np.zeros((len(truth), 5))


def _middle(weight: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The weight at smaller scores plus half of that at the same score."""
    at = np.bincount(place, weights=weight)
    return (np.cumsum(at) - at / 2)[place]


def _auc(means: np.ndarray) -> np.ndarray:
    # To first order in the weights (Hajek's projection): exact for the data, and what DeLong's variance rests on.
    positive, below, negative, above, area = np.moveaxis(means, -2, 0)
    return over_cells(np.clip(divide(below, positive) + divide(above, negative) - area, 0.0, 1.0))


def _precisions(outcome: Outcome) -> np.ndarray:
    """The average precision of each class and how it moves with each row's weight: [sample, 3, class]."""
    truth, score = _truth(outcome), given(outcome.probabilities)
    if outcome.task is Task.CLASSIFICATION and score.shape[1] == 2:
        first, second = outcome.weights @ truth
        rarer = [0 if first < second else 1]
        truth, score = truth[:, rarer], score[:, rarer]
    return np.stack([_precision(t, s, outcome.weights) for t, s in zip(truth.T, score.T, strict=True)], axis=2)


def _precision(truth: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    positive = weights * truth
    if not 0 < positive.sum() < weights.sum():
        return np.zeros((len(truth), 3))
    _, place = np.unique(score, return_inverse=True)
    hits, chosen = _from_above(positive, place), _from_above(weights, place)  # at each distinct score as threshold
    at = np.bincount(place, weights=positive)
    precision = divide(hits, chosen)
    # The derivative by the weight of a row: it is among the chosen at every threshold up to its own score.
    found = np.cumsum(divide(at, chosen))[place]
    crowd = np.cumsum(divide(at * hits, chosen**2))[place]
    moved = (truth * found - crowd) * weights.sum() / positive.sum()
    return np.stack([truth, truth * precision[place], moved], axis=1)


def _from_above(weight: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The weight at each distinct score and all larger ones."""
    return np.cumsum(np.bincount(place, weights=weight)[::-1])[::-1]


def _average_precision(means: np.ndarray) -> np.ndarray:
    # To first order in the weights, as for the area: exact for the data.
    positive, precise, moved = np.moveaxis(means, -2, 0)
    return over_cells(np.clip(divide(precise, positive) + moved, 0.0, 1.0))


def _log_loss(outcome: Outcome) -> np.ndarray:
    truth, p = _truth(outcome), np.clip(given(outcome.probabilities), TINY, 1.0)
    if outcome.task is Task.MULTILABEL:
        return -(truth * np.log(p) + (1 - truth) * np.log(np.clip(1 - p, TINY, 1.0)))[:, None]
    # A class beyond the known ones was given no probability at all.
    return -np.log(np.maximum((truth * p).sum(1), TINY))[:, None, None]


def _brier(outcome: Outcome) -> np.ndarray:
    truth, p = _truth(outcome), given(outcome.probabilities)
    squared = (p - truth) ** 2
    if outcome.task is Task.MULTILABEL:
        return squared[:, None]
    return squared.sum(1)[:, None, None] * (0.5 if p.shape[1] == 2 else 1.0)


def _gaps(outcome: Outcome) -> np.ndarray:
    """Hit minus confidence, in the cell of the confidence's bin: [sample, 1, bin]."""
    p, truth = given(outcome.probabilities), _truth(outcome)
    if outcome.task is Task.CLASSIFICATION:
        truth, p = (truth * _choice(outcome)).sum(1, keepdims=True), p.max(1, keepdims=True)
    cell = np.clip(np.ceil(p * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.zeros((len(p), 1, BINS))
    for label in range(p.shape[1]):
        gaps[np.arange(len(p)), 0, cell[:, label]] += (truth[:, label] - p[:, label]) / p.shape[1]
    return gaps


def _total(means: np.ndarray) -> np.ndarray:
    return np.abs(means[..., 0, :]).sum(-1)


ACCURACY = Metric("accuracy", "accuracy", _hits, first, "high", TASKS, NEEDS, part="rows")
"""Part of the rows (of the labels) that are right."""

BALANCED_ACCURACY = Metric(
    "balanced_accuracy", "balanced accuracy", _rates, _recall, "high", TASKS, NEEDS, part="classes"
)
"""Mean over the classes (the yes and no of each label) of the part that is found; absent classes are left out."""

F1 = Metric("f1", "F1 (macro)", _confusion, _f1, "high", TASKS, NEEDS, part="classes")
"""Mean over classes or labels of 2 TP / (2 TP + FP + FN); classes neither observed nor predicted are left out."""

AUC = Metric("auc", "AUC", _placements, _auc, "high", TASKS, NEEDS, part="classes")
"""Area under the ROC curve, each class against the rest, averaged; resampled by DeLong, DeLong, Clarke-Pearson 1988
(doi:10.2307/2531595). NaN where a single class is observed."""

AVERAGE_PRECISION = Metric(
    "average_precision", "average precision", _precisions, _average_precision, "high", TASKS, NEEDS, part="classes"
)
"""Mean over the rows of a class of the precision at that row's probability as the threshold (the area below the steps
of the precision-recall curve), each class against the rest, averaged; of two classes the rarer. By chance it is the
class's share of the rows (Davis and Goadrich 2006, doi:10.1145/1143844.1143874)."""

LOG_LOSS = Metric("log_loss", "log loss", _log_loss, first, "low", TASKS, NEEDS)
"""-mean ln p(observed class); the mean over labels of the binary form."""

BRIER = Metric("brier", "Brier score", _brier, first, "low", TASKS, NEEDS, part="rows")
"""Mean squared distance of probabilities and truth (Brier 1950): summed over three or more classes, (p - y)^2 for two
classes and for labels."""

ECE = Metric("ece", "calibration error", _gaps, _total, "low", TASKS, NEEDS)
"""Expected calibration error of the chosen class's probability (of each label's), 15 bins (Guo et al. 2017)."""
