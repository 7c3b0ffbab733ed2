"""How a predicted standard deviation is corrected: by a factor, and where that is not enough by a floor.

    std'^2 = c^2 std^2 + f^2

The factor is that of the greatest normal likelihood, c^2 = mean(e^2 / std^2) with e = y - m, if by cross-validation
over whole units it is better than none. Such a factor can be ruled by a few rows of tiny std where a network is sure
of something wrong: all other std are then many times too large. It is therefore held against the band, which is about
all rows: its 90 % half-width is to lie between 1/1.5 and 1.5 times the normal distribution's 1.645 std'. (It is 0.83
times for Student's t with 3 degrees of freedom, 0.85 for an exponential distribution, 0.95 for a uniform one.)

Where they are further apart, a floor f is tried, which meets such rows where they are: for each ratio r = f^2 / c^2 the
best c^2 is mean(e^2 / (std^2 + r)), and r is found by a search along one line. It is kept if it is better on the units
that are left out by more than one standard error (Breiman et al. 1984, Classification and Regression Trees). What
is still apart then is drawn to the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from isinglass.data.hashing import hash_values, mix

TINY = np.finfo(np.float64).tiny
AGREEMENT = 1.5
"""How far std and the band may be apart (see above)."""
PARTS = 5
LEVEL, NORMAL = 0.9, 1.6448536269514722
Spread = tuple[float, float]
"""c and f."""


def fit_spread(
    error: np.ndarray,
    std: np.ndarray,
    weights: np.ndarray,
    units: np.ndarray,
    *,
    width: Callable[[float, float], float],
) -> Spread:
    """c and f of one output.

    Args:
        error: y - m, [sample].
        std: as predicted, [sample].
        weights: [sample].
        units: [sample] rows of equal values are left out together.
        width: (c, f) -> the band's 90 % half-width in units of std'.
    """
    squared, variance = error**2, np.maximum(std, TINY) ** 2
    inverse, part = parts_of(units)
    if part.max() == 0 or not squared.any():
        return _drawn(_factor(squared, variance, weights), width)
    held = {fit: _held_out(fit, squared, variance, weights, part) for fit in (_nothing, _factor)}
    best = _factor if difference(held[_factor] - held[_nothing], weights, inverse)[0] < 0 else _nothing
    found = best(squared, variance, weights)
    if _drawn(found, width) == found:
        return found
    gain, noise = difference(_held_out(_floored, squared, variance, weights, part) - held[best], weights, inverse)
    return _drawn(_floored(squared, variance, weights) if gain < -noise else found, width)


def _drawn(spread: Spread, width: Callable[[float, float], float]) -> Spread:
    """The same where std and band agree, else drawn to the limit."""
    ratio = width(*spread) / NORMAL
    if not np.isfinite(ratio) or ratio <= 0 or 1 / AGREEMENT <= ratio <= AGREEMENT:
        return spread
    factor = ratio / np.clip(ratio, 1 / AGREEMENT, AGREEMENT)
    return spread[0] * factor, spread[1] * factor


def parts_of(units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int64 [sample] twice: the number of each row's unit, and the part, of `PARTS`, that it is left out with."""
    names, inverse = np.unique(units, return_inverse=True)
    order = np.argsort(mix(hash_values(np.arange(len(names)))), kind="stable")
    part = np.empty(len(names), np.int64)
    part[order] = np.arange(len(names)) % PARTS
    return inverse, part[inverse]


def _held_out(
    fit: Callable[..., Spread], squared: np.ndarray, variance: np.ndarray, weights: np.ndarray, part: np.ndarray
) -> np.ndarray:
    """Negative log-likelihood, but for a constant, of each row under what the other parts say: [sample]."""
    loss = np.empty(len(squared))
    for one in np.unique(part):
        here = part == one
        factor, floor = fit(squared[~here], variance[~here], weights[~here])
        told = np.maximum(factor**2 * variance[here] + floor**2, TINY)
        loss[here] = 0.5 * (np.log(told) + squared[here] / told)
    return loss


def _nothing(squared: np.ndarray, variance: np.ndarray, weights: np.ndarray) -> Spread:
    return 1.0, 0.0


def _factor(squared: np.ndarray, variance: np.ndarray, weights: np.ndarray) -> Spread:
    scale = float(np.sqrt(np.average(squared / variance, weights=weights)))
    return (scale, 0.0) if np.isfinite(scale) and scale > 0 else (1.0, 0.0)


def _floored(squared: np.ndarray, variance: np.ndarray, weights: np.ndarray) -> Spread:
    from scipy.optimize import minimize_scalar  # 0.3 s to import

    def loss(log: float) -> float:
        told = variance + np.exp(log)
        return float(np.log(np.average(squared / told, weights=weights)) + np.average(np.log(told), weights=weights))

    if not squared.any():
        return 1.0, 0.0
    ends = np.log(np.array([variance.min(), 100 * max(variance.max(), squared.max())]))
    lowest: Any = minimize_scalar(loss, bounds=tuple(ends), method="bounded")
    found = float(np.exp(lowest.x))
    factor, _ = _factor(squared, variance + found, weights)
    return factor, factor * float(np.sqrt(found))


def difference(values: np.ndarray, weights: np.ndarray, unit: np.ndarray) -> tuple[float, float]:
    """The weighted mean of values [sample] and its standard error, a unit (its number, [sample]) being one draw."""
    mean = float(np.average(values, weights=weights))
    return mean, float(np.sqrt(np.sum(np.bincount(unit, weights * (values - mean) / weights.sum()) ** 2)))
