"""Losses by name."""

from __future__ import annotations

from isinglass.objective.losses.cross_entropy import CROSS_ENTROPY
from isinglass.objective.losses.gaussian import GAUSSIAN
from isinglass.objective.losses.loss import Loss as Loss
from isinglass.objective.losses.loss import Predictive as Predictive
from isinglass.objective.losses.squared import SQUARED

LOSSES: dict[str, Loss] = {loss.name: loss for loss in (SQUARED, GAUSSIAN, CROSS_ENTROPY)}
