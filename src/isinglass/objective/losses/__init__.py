"""Losses by name."""

from __future__ import annotations

from isinglass.objective.losses.class_weights import Counts as Counts
from isinglass.objective.losses.class_weights import class_counts as class_counts
from isinglass.objective.losses.classification import (
    BINARY_CROSS_ENTROPY,
    CROSS_ENTROPY,
    MULTILABEL,
    ONE_VS_ALL,
    PERCEPTRON,
    STRUCTURED,
    WESTON_WATKINS,
)
from isinglass.objective.losses.from_recipe import choose as choose
from isinglass.objective.losses.gaussian import GAUSSIAN
from isinglass.objective.losses.loss import Loss as Loss
from isinglass.objective.losses.loss import Predictive as Predictive
from isinglass.objective.losses.quantile import QUANTILE
from isinglass.objective.losses.regression import ABSOLUTE, HUBER, POISSON, SQUARED
from isinglass.objective.losses.segmentation import DICE, FOCAL, PIXEL_CROSS_ENTROPY
from isinglass.objective.losses.student_t import STUDENT_T
from isinglass.objective.losses.tobit import TOBIT
from isinglass.objective.losses.user_function import GIVEN as GIVEN
from isinglass.objective.losses.user_function import Own as Own
from isinglass.objective.losses.zero_inflated_gamma import ZERO_INFLATED_GAMMA as ZERO_INFLATED_GAMMA

LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        SQUARED,
        ABSOLUTE,
        HUBER,
        GAUSSIAN,
        STUDENT_T,
        TOBIT,
        QUANTILE,
        POISSON,
        ZERO_INFLATED_GAMMA,
        CROSS_ENTROPY,
        BINARY_CROSS_ENTROPY,
        MULTILABEL,
        WESTON_WATKINS,
        ONE_VS_ALL,
        STRUCTURED,
        PERCEPTRON,
        PIXEL_CROSS_ENTROPY,
        DICE,
        FOCAL,
    )
}
