"""How far a share can be off by chance when rows come in clusters that are alike inside."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, stdtrit


def clustered_error(values: np.ndarray, cluster: np.ndarray) -> np.ndarray:
    """The standard error of a mean over rows that are independent between clusters alone.

    With n rows, G clusters and the sum s_g of (value - mean) over the rows of cluster g it is
    sqrt(G / (G - 1) * sum_g s_g^2) / n (Liang and Zeger 1986, doi:10.1093/biomet/73.1.13). Of a single cluster nothing
    is known: infinite.

    Args:
        values: [sample, share] 0 or 1, or any numbers.
        cluster: [sample] rows with equal values belong together.

    Returns:
        [share].
    """
    _, code = np.unique(cluster, return_inverse=True)
    count = int(code.max()) + 1
    if count < 2:
        return np.full(values.shape[1], np.inf)
    left = values - values.mean(axis=0)
    sums = np.stack([np.bincount(code, weights=column, minlength=count) for column in left.T], axis=1)
    return np.sqrt(count / (count - 1) * (sums**2).sum(axis=0)) / len(values)


def few_factor(cluster: np.ndarray, normal: float) -> float:
    """Standard errors that hold as much as `normal` of them would if the error were known: Student's t for G - 1
    degrees of freedom."""
    count = len(np.unique(cluster))
    return float(stdtrit(max(1, count - 1), ndtr(normal)))
