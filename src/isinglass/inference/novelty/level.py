"""At which share of unseen rows novelty begins."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.02
"""One unseen row in fifty is marked. More marks find more of the rows outside: chosen on other regions than those that
are measured (`benchmarks/novelty.py --choosing`)."""
LEAST = 1e-6
OUTERMOST = 10
"""Values that a tail's length is taken from, at least."""

Floats = NDArray[np.floating]


def quantile(values: Floats) -> float:
    """What a share LEVEL of the values exceeds; never quite 0, and 1 of no values."""
    return max(float(np.quantile(values, 1 - LEVEL)), LEAST) if len(values) else 1.0


def tail(values: Floats, share: float) -> Floats:
    """What a share of new rows will exceed, be it less than one in as many as there are: [...] of values [row, ...].

    Above the k + 1 outermost of n rows, from u on, an exponential tail is as long as the mean excess s there:
    share = (k / n) exp(-(t - u) / s). The largest value itself would be a worse guess of the same t: of many columns
    each would have its own chance find.

    Reference: Pickands (1975), Statistical inference using extreme order statistics, doi 10.1214/aos/1176343003
    (excesses over a high threshold; here with shape 0).
    """
    rows = len(values)
    count = min(max(OUTERMOST, math.ceil(share * rows)), rows // 4)
    if not count:
        return values.max(axis=0)
    outer = np.partition(values, rows - count - 1, axis=0)[rows - count - 1 :]
    start = outer[0]
    length = outer[1:].mean(axis=0) - start
    return start + length * math.log(count / (rows * share))
