"""What the model answers as one column is swept and all others stay as they are.

Partial dependence (Friedman 2001, https://doi.org/10.1214/aos/1013203451): set the column to v in every row,
average the predictions, sweep v. Individual curves (ICE, Goldstein et al. 2015,
https://doi.org/10.1080/10618600.2014.907095): the same without the average. With correlated columns both ask
about rows that cannot exist: read them beside the novelty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from isinglass.explanation.dataset_level.grids import Sweep, sweeps, with_values
from isinglass.explanation.dataset_level.probe import Edit, Probe
from isinglass.explanation.explanation import Explanation
from isinglass.spec import Spec


def partial_dependence(
    probe: Probe, columns: Sequence[str] = (), *, points: int = 30, seed: int = 0
) -> tuple[Explanation, ...]:
    """The average prediction at each value of a column.

    Args:
        probe: the model and the rows over which predictions are averaged.
        columns: raw columns; empty: all that have values. A date-time column gives one curve for each of its cycles.
        points: grid points of a numeric column: quantiles of its values, or all values where there are few.
        seed: not used, there is no randomness; every method takes one.

    Returns:
        One explanation a curve, `values` [grid, ...] with the axes of the prediction after the sample axis,
        `coords["grid"]` the values or names of categories. `check["heterogeneity"]` is the share, 0 to 1, of
        the variance of the individual curves (each about its own mean) that the average does not show: near
        1 the column acts through interactions and the average must not be trusted.
    """
    return tuple(
        _explain(probe, sweep, curves.mean(axis=1), "partial_dependence", curves)
        for sweep, curves in _curves(probe, columns, points)
    )


def individual(
    probe: Probe, columns: Sequence[str] = (), *, points: int = 30, seed: int = 0
) -> tuple[Explanation, ...]:
    """The prediction of each row at each value of a column (ICE): `values` [grid, sample, ...].

    Arguments and check as for `partial_dependence`.
    """
    return tuple(
        _explain(probe, sweep, curves, "individual", curves) for sweep, curves in _curves(probe, columns, points)
    )


def _curves(probe: Probe, columns: Sequence[str], points: int) -> Iterator[tuple[Sweep, np.ndarray]]:
    for name in columns or with_values(probe, probe.names) or probe.names:
        for sweep in sweeps(probe, name, points=points):
            edits = (Edit(sweep.places, row) for row in sweep.settings)
            yield sweep, np.stack([np.array(predicted) for predicted in probe.predictions(edits)])


def _explain(probe: Probe, sweep: Sweep, values: np.ndarray, method: str, curves: np.ndarray) -> Explanation:
    inner = tuple(f"output_{axis}" for axis in range(curves.ndim - 2))
    dims = ("grid", "sample", *inner) if method == "individual" else ("grid", *inner)
    spec = Spec(dims=dims, names=(sweep.name,), units=(sweep.unit,), kind=sweep.kind)
    return Explanation(values, spec, method, {"heterogeneity": _heterogeneity(curves)}, {"grid": sweep.grid})


def _heterogeneity(curves: np.ndarray) -> float:
    """1 - (variance of the mean curve) / (mean variance of the curves), all along the grid; 0 for flat
    curves.
    """
    total = float(np.nansum(curves.var(axis=0)))
    shared = float(np.nansum(curves.mean(axis=1).var(axis=0))) * curves.shape[1]
    return max(0.0, 1.0 - shared / total) if total > 0 else 0.0
