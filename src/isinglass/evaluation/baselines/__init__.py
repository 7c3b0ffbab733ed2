"""Conventional methods that every network is compared with, on the same rows.

To add one: a file with a `Baseline`, and its line here; the contract test covers it at once. scikit-learn is imported
when a method is fitted.
"""

from __future__ import annotations

from isinglass.evaluation.baselines import constant, linear, neighbours, trees
from isinglass.evaluation.baselines.baseline import Baseline as Baseline
from isinglass.evaluation.baselines.baseline import Table as Table
from isinglass.evaluation.baselines.fitting import Fitted as Fitted
from isinglass.evaluation.baselines.fitting import HeldOut as HeldOut
from isinglass.evaluation.baselines.forecasts import TIMED as TIMED
from isinglass.evaluation.baselines.forecasts import run_timed as run_timed
from isinglass.evaluation.baselines.images import IMAGE_BASELINES as IMAGE_BASELINES
from isinglass.evaluation.baselines.images import SEGMENTATION_BASELINES as SEGMENTATION_BASELINES
from isinglass.evaluation.baselines.images.masks import MaskBaseline as MaskBaseline
from isinglass.evaluation.baselines.neighbours import distance as distance
from isinglass.evaluation.baselines.running import BaselineRun as BaselineRun
from isinglass.evaluation.baselines.running import FailedRun as FailedRun
from isinglass.evaluation.baselines.running import run as run
from isinglass.evaluation.baselines.running import run_all as run_all
from isinglass.evaluation.baselines.time_left import expected as expected
from isinglass.evaluation.baselines.time_left import remaining as remaining

BASELINES: dict[str, Baseline] = {
    baseline.name: baseline
    for baseline in (
        constant.BASELINE,
        linear.BASELINE,
        neighbours.L1,
        neighbours.L2,
        trees.FOREST,
        trees.BOOSTING,
    )
}
