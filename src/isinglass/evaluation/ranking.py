"""Curves of a score that ranks rows: the receiver operating characteristic, and precision against recall.

Rows whose score is at least a threshold t count as positive. With TP, FP the weights of the positives among truly
positive and truly negative rows, and P, N the weights of all of them:

    true positive rate (recall) = TP / P,   false positive rate = FP / N,   precision = TP / (TP + FP).

The average precision is the sum over thresholds of (recall_k - recall_{k-1}) precision_k, without interpolation (Davis
and Goadrich 2006, doi:10.1145/1143844.1143874, on why a straight line between two points flatters).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DRAWS = 200
"""Resamples of the units: a 5 % quantile of them is good to about two of a hundred."""
MOST = 20_000
"""With more rows than this no band is drawn: 200 resamples of more would take longer than the answer is worth."""
GRID = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class RankingCurve:
    """Both curves of one score.

    Args:
        false_positive, true_positive: [threshold] rates from (0, 0) to (1, 1).
        precision: [threshold] at these thresholds; the first is that of the highest score.
        share: weight of the positives among all rows: the precision of chance.
        auc: area under the receiver operating characteristic, ties counted half.
        average_precision: see above.
        band: [2, len(GRID)] 5 and 95 % of the true positive rate over resampled units at the false positive rates
            `GRID`; None where it was not made.
    """

    false_positive: np.ndarray
    true_positive: np.ndarray
    precision: np.ndarray
    share: float
    auc: float
    average_precision: float
    band: np.ndarray | None = None


def ranking_curve(
    score: np.ndarray,
    positive: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    units: np.ndarray | None = None,
    seed: int = 0,
) -> RankingCurve | None:
    """The curves of a score, or None where one of the two classes has no row.

    Args:
        score: [sample], larger for what is more likely positive.
        positive: bool [sample].
        weight: [sample], not negative; 1 where not given.
        units: [sample] rows with equal values are resampled together; each row its own where not given.
        seed: of the resamples.
    """
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    hit, total = positive[order], weight[order]
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, [True]))  # equal scores share a threshold
    tp, fp = np.cumsum(total * hit)[ends], np.cumsum(total * ~hit)[ends]
    if not tp[-1] > 0 or not fp[-1] > 0:
        return None
    tpr, fpr, precision = tp / tp[-1], fp / fp[-1], tp / np.maximum(tp + fp, np.finfo(float).tiny)
    band = None
    if len(score) <= MOST:
        code = np.arange(len(score)) if units is None else np.unique(units, return_inverse=True)[1]
        band = _band(hit, total, code[order], ends, seed)
    return RankingCurve(
        false_positive=np.append(0.0, fpr),
        true_positive=np.append(0.0, tpr),
        precision=np.append(precision[0], precision),
        share=float(tp[-1] / (tp[-1] + fp[-1])),
        auc=float(np.trapezoid(np.append(0.0, tpr), np.append(0.0, fpr))),
        average_precision=float(np.sum(np.diff(np.append(0.0, tpr)) * precision)),
        band=band,
    )


def _band(hit: np.ndarray, weight: np.ndarray, code: np.ndarray, ends: np.ndarray, seed: int) -> np.ndarray | None:
    """The true positive rate of resampled units at the rates `GRID`: 5 and 95 %, [2, grid]."""
    random, units, rates = np.random.default_rng(seed), int(code.max()) + 1, []
    if units < 2:
        return None
    for _ in range(DRAWS):
        drawn = weight * np.bincount(random.integers(units, size=units), minlength=units)[code]
        tp, fp = np.cumsum(drawn * hit)[ends], np.cumsum(drawn * ~hit)[ends]
        if tp[-1] > 0 and fp[-1] > 0:
            rates.append(np.interp(GRID, np.append(0.0, fp / fp[-1]), np.append(0.0, tp / tp[-1])))
    return np.quantile(rates, [0.05, 0.95], axis=0) if len(rates) > DRAWS // 2 else None
