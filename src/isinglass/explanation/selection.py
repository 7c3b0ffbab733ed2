"""Sequential forward selection: the column that helps most is taken, then the one that helps most beside it.

Unlike a permutation this asks what can be learnt without a column, so everything is fitted again for every question:
n (n + 1) / 2 fits for n columns. The score of the best set is optimistic, since the same rows have chosen it: judge the
chosen columns on rows that had no part in the choice. Described by McGovern et al. (2019,
https://doi.org/10.1175/BAMS-D-18-0195.1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from isinglass.errors import UsageError
from isinglass.explanation.explanation import Explanation
from isinglass.types import Kind, Spec

Fit = Callable[[tuple[str, ...]], float]
"""Fits with these columns alone and gives the score on unseen rows."""


def forward(fit: Fit, names: Sequence[str], *, most: int = 0, better: str = "low") -> Explanation:
    """Take columns one after the other.

    Args:
        fit: see `Fit`; called once for every set that is tried.
        names: of the columns.
        most: columns that are taken; 0: all.
        better: whether a "low" or a "high" score is good.

    Returns:
        `values` [name, score]: the score with this column and those taken before it; NaN for columns that were not
        reached. `coords["order"]` has the names as they were taken. `check`: `all`, the score with all columns, and
        `fits`, how many were made.

    Raises:
        UsageError: there are no columns, or one is named twice.
    """
    if not names or len(set(names)) < len(names):
        raise UsageError("selection needs columns, each named once", given=", ".join(names) or "none")
    sign = 1.0 if better == "low" else -1.0
    taken: list[str] = []
    values, fits = np.full((len(names), 1), np.nan), 0
    for _ in range(min(most or len(names), len(names))):
        tried = {name: fit((*taken, name)) for name in names if name not in taken}
        fits += len(tried)
        best = min(tried, key=lambda name: sign * tried[name])
        values[list(names).index(best)] = tried[best]
        taken.append(best)
    whole = float(values[list(names).index(taken[-1]), 0]) if len(taken) == len(names) else float(fit(tuple(names)))
    spec = Spec(dims=("name", "score"), names=tuple(names), units=("",) * len(names), kind=Kind.CONTINUOUS)
    check = {"all": whole, "fits": float(fits + (len(taken) < len(names)))}
    coords = {"name": np.array(names), "order": np.array(taken)}
    return Explanation(values, spec, "selection", check, coords, quantity="score with this column and those before it")
