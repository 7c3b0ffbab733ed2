"""What one fold of a study has: its own predictor, and the rows that it is tested on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from isinglass.evaluation.outcome import Outcome
from isinglass.inference.ensemble import Ensemble


@dataclass(frozen=True)
class Fold:
    """One fold's own predictor, calibrated without a look at the fold's test rows.

    Args:
        ensemble: its members, knowing their training rows' range.
        tested: places of its test rows in the data set.
        bagged: what it said of its out-of-bag rows, as if all members had spoken; rows of equal inputs weigh as one.
        witnesses: how many of these rows are independent.
        steep: how steeply its scores there rise with 1 / members that answer (see `evaluation.out_of_bag`).
    """

    ensemble: Ensemble
    tested: np.ndarray
    bagged: Outcome
    witnesses: int = 0
    steep: np.ndarray = field(default_factory=lambda: np.zeros(1))
