"""Numbers in bins, for trees: with few different values a column is sorted in a fraction of the time.

At most `BINS` bins a column, of about equally many rows each, as in histogram boosting (Ke et al. 2017); where a column
has no more values than that, each has its own and nothing is lost. Trees are grown on the numbers of the bins, and
then told the values at which bins end: they predict from the inputs as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BINS = 256


@dataclass(frozen=True)
class Bins:
    """Where bins end.

    Attributes:
        ends: for each column float64 [bin - 1], rising: a value belongs to the first bin whose end is not below it.
    """

    ends: tuple[np.ndarray, ...]

    def codes(self, x: np.ndarray) -> np.ndarray:
        """The bins of x float32 [sample, column], as float32; missing stays missing."""
        found = np.empty(x.shape, np.float32)
        for column, ends in enumerate(self.ends):
            values = x[:, column]
            found[:, column] = np.where(np.isnan(values), np.nan, np.searchsorted(ends, values.astype(np.float64)))
        return found

    def restore(self, tree: Any) -> None:
        """Give the branches of scikit-learn's `Tree`, grown on codes, the values at which their bins end."""
        threshold, inner = tree.threshold, (tree.children_left >= 0) & np.isfinite(tree.threshold)
        for column, ends in enumerate(self.ends):
            mine = inner & (tree.feature == column)
            threshold[mine] = ends[np.floor(threshold[mine]).astype(np.int64)]


def bins(x: np.ndarray) -> Bins:
    """The bins of x float32 [sample, column]."""
    return Bins(tuple(_ends(column[np.isfinite(column)].astype(np.float64)) for column in x.T))


def _ends(values: np.ndarray) -> np.ndarray:
    """Midway between neighbouring values: all of them, or those at the quantiles."""
    found = np.unique(values)
    if len(found) <= BINS:
        return found[:-1] + np.diff(found) / 2
    return np.unique(np.quantile(values, np.arange(1, BINS) / BINS, method="midpoint"))
