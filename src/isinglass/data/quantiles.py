"""Weighted quantiles of one column for many members at once."""

from __future__ import annotations

import numpy as np

TIE = 1e-12
"""Relative difference below which a sum of weights counts as equal to the quantile's place."""


def quantiles(values: np.ndarray, weight: np.ndarray, probabilities: tuple[float, ...]) -> np.ndarray:
    """Quantiles of one column under each member's weights.

    F is the cumulated weight of the sorted values divided by the total. The quantile q is the first value with
    F > q where no F equals q, and the mean of the two neighbours where one does (Hyndman and Fan 1996, definition
    2, doi:10.1080/00031305.1996.10473566): what repeating rows by whole weights gives, and free of the weights'
    scale.

    Args:
        values: [sample], NaN = missing, left out.
        weight: [member, sample], not negative; uint8 0/1 or float64.
        probabilities: each in 0..1; 0 is the smallest value with a weight, 1 the largest.

    Returns:
        float64 [member, probability]; NaN where a member has no value with a weight.
    """
    present = np.flatnonzero(~np.isnan(values))
    order = present[np.argsort(values[present], kind="stable")]
    ordered = values[order].astype(np.float64)
    kind = np.int64 if weight.dtype.kind in "bui" else np.float64
    result = np.full((len(weight), len(probabilities)), np.nan)
    for member, row in enumerate(weight):
        cumulated = np.cumsum(row[order], dtype=kind)
        if len(cumulated) and cumulated[-1] > 0:
            result[member] = _read(ordered, cumulated, np.array(probabilities))
    return result


def _read(ordered: np.ndarray, cumulated: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    total = float(cumulated[-1])
    first = np.searchsorted(cumulated, 0, side="right")
    last = np.searchsorted(cumulated, total * (1 - TIE), side="left")
    low = np.searchsorted(cumulated, probabilities * total * (1 - TIE), side="left")
    high = np.searchsorted(cumulated, probabilities * total * (1 + TIE), side="right")
    return 0.5 * (ordered[np.clip(low, first, last)] + ordered[np.clip(high, first, last)])
