"""How much each of several methods should count: weights and a spread from rows that none of them had learnt from.

The weights w >= 0, sum w = 1, minimise the mean squared error of sum w_c m_c, of probabilities that of all classes
together (the Brier score):

    w' G w,    G_cd = mean (m_c - y)(m_d - y)

An out-of-bag row is answered by k of the K networks only, so its error has more of their disagreement v in it than a
new row's will: v (1/k - 1/K). Half of that is taken off the networks' own G_00; the methods have a handicap too, since
they held rows out of their fit, of a size that nobody knows. The variance of the combination is a mean of
three that are known for each row, the networks' s_0^2, a constant and the methods' disagreement d^2 = sum w_c (m_c -
m)^2,

    s^2 = a s_0^2 + b + g d^2,    a, b, g >= 0 maximise the normal likelihood of the same rows

Of few rows it is that of a mixture, w_0 s_0^2 + sum w_c s_c^2 with the methods' mean squared residuals s_c^2, times one
factor.

References: Breiman (1996), Stacked regressions, doi:10.1007/BF00117832; Lawson and Hanson (1974) for w.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

FEWEST = 20
"""Rows below which weights would be noise."""
FEW = 1000
"""Rows below which the variance has one factor. On inner splits of the training parts of four UCI sets (n = 4 each)
that had the better likelihood with 350 to 730 rows, by 0.02 on the mean, and all three factors with 4300, by 0.04."""
HANDICAP = 0.5
"""Part of the excess that is taken off; of 0, 0.5 and 1 it was within 0.2 % of the best RMSE on each of the same sets.
"""
RIDGE = 1e-9
"""Of the mean diagonal: two methods that say the same share their weight."""
LEAST = 0.01
"""Weights below this are taken for none: a method that says next to nothing need not be kept."""


def simplex_weights(gram: np.ndarray) -> np.ndarray:
    """The w >= 0 with sum 1 that minimises w' G w: float64 [contender].

    Non-negative least squares of w' G w and (1 - sum w)^2 together: scaled to sum 1 its solution is this one, whatever
    the weight between them.

    Args:
        gram: float64 [contender, contender], symmetric and not negative.
    """
    from scipy.optimize import nnls  # 0.3 s to import

    count = len(gram)
    size = float(np.trace(gram)) / count
    if not size > 0:  # nobody errs
        return np.eye(count)[0]
    values, vectors = np.linalg.eigh(gram / size + RIDGE * np.eye(count))
    root = np.sqrt(np.maximum(values, RIDGE))[:, None] * vectors.T
    found, _ = nnls(np.vstack([root, np.ones(count)]), np.append(np.zeros(count), 1.0))
    found = np.where(found < LEAST * found.sum(), 0.0, found)
    return found / found.sum()


@dataclass(frozen=True)
class Held:
    """What contenders say of rows that they had not learnt from, the networks first.

    Args:
        residuals: [contender, row, width], what each says less what was observed.
        excess: [row, width], what the networks' squared residuals have more than a new row's.
        rows: [row] weights of the rows.
        groups: [row] units: what rows of one unit say is no evidence of its own.
    """

    residuals: np.ndarray
    excess: np.ndarray
    rows: np.ndarray
    groups: np.ndarray

    @property
    def share(self) -> np.ndarray:
        """The rows' weights with sum 1."""
        return self.rows / self.rows.sum()

    def column(self, place: int) -> Held:
        """The same for one output."""
        return replace(self, residuals=self.residuals[..., [place]], excess=self.excess[:, [place]])

    def losses(self, weights: np.ndarray) -> np.ndarray:
        """Squared errors [row] of a weighted mean, w: [contender]."""
        squares = np.einsum("c,crw->rw", weights, self.residuals) ** 2
        return (squares - HANDICAP * weights[0] ** 2 * self.excess).sum(axis=1)


def stacked(held: Held, *, together: bool) -> np.ndarray:
    """Weights of the contenders, the networks first: float64 [contender, width], or [contender, 1].

    A combination that gains less than one standard error over the best single contender is no evidence that it is
    better: then that one has all the weight.

    Args:
        held: what they say.
        together: one weight for all columns, as probabilities need it.
    """
    width = held.residuals.shape[2]
    parts = [held] if together else [held.column(place) for place in range(width)]
    return np.stack([_weights(part) for part in parts], axis=1)


def spread_factors(
    squares: np.ndarray, own: np.ndarray, apart: np.ndarray, rows: np.ndarray, *, mixture: np.ndarray
) -> np.ndarray:
    """The factors a, b, g of the variance of each output: float64 [3, out].

    Args:
        squares: [row, out], squared residuals of the combination.
        own: [row, out], the networks' variance.
        apart: [row, out], the disagreement of the methods.
        rows: [row] weights of the rows.
        mixture: [2, out], w_0 and sum w_c s_c^2 of the methods.
    """
    share, factors = rows / rows.sum(), []
    for square, network, distance, parts in zip(squares.T, own.T, apart.T, mixture.T, strict=True):
        # A network that claims to know everything is not believed.
        known = np.maximum(network, 1e-12 * float(share @ square))
        few = len(square) < FEW
        factors.append(_one(square, known, parts, share) if few else _three(square, known, distance, share))
    return np.stack(factors, axis=1)


def _weights(held: Held) -> np.ndarray:
    gram = np.einsum("r,crw,drw->cd", held.share, held.residuals, held.residuals)
    # At most half of what the networks err by is put down to their number.
    gram[0, 0] -= min(HANDICAP * float((held.share @ held.excess).sum()), 0.5 * gram[0, 0])
    weights, alone = simplex_weights(_positive(gram)), np.eye(len(gram))[np.diag(gram).argmin()]
    gain = held.share * (held.losses(alone) - held.losses(weights))
    each = np.bincount(np.unique(held.groups, return_inverse=True)[1], weights=gain)
    error = np.sqrt(len(each)) * each.std(ddof=1) if len(each) > 1 else np.inf
    return weights if each.sum() > error else alone


def _positive(gram: np.ndarray) -> np.ndarray:
    """The nearest matrix without negative eigenvalues."""
    values, vectors = np.linalg.eigh(gram)
    return (vectors * np.maximum(values, 0.0)) @ vectors.T


def _one(squares: np.ndarray, own: np.ndarray, mixture: np.ndarray, share: np.ndarray) -> np.ndarray:
    weight, theirs = mixture
    variance = weight * own + theirs
    known = variance > 0
    factor = float(share[known] @ (squares[known] / variance[known])) if known.any() else 0.0
    return np.array([factor * weight, factor * theirs, 0.0]) if factor > 0 else np.array([1.0, 0.0, 0.0])


def _three(squares: np.ndarray, own: np.ndarray, apart: np.ndarray, share: np.ndarray) -> np.ndarray:
    from scipy.optimize import minimize

    size = float(share @ squares)
    if not size > 0:
        return np.array([1.0, 0.0, 0.0])
    terms = np.stack([own, np.full_like(own, size), apart])
    ratio = min(float(share @ (squares / own)), 4.0)

    def loss(factors: np.ndarray) -> tuple[float, np.ndarray]:
        variance = factors @ terms
        slope = terms @ (share * (1.0 / variance - squares / variance**2))
        return float(share @ (np.log(variance) + squares / variance)), slope

    starts = (np.array([0.5 * ratio, 0.3, 0.5]), np.array([ratio, 1e-3, 0.1]))
    bounds = [(1e-4, None), (1e-6, None), (0.0, None)]
    best = min((minimize(loss, start, jac=True, bounds=bounds) for start in starts), key=lambda found: found.fun)
    return best.x * [1.0, size, 1.0]
