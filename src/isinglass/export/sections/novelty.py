"""How far the unseen rows lie beyond the training data, and what that costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isinglass.evaluation.report import Novelty
from isinglass.export.sections.section import Found, Scored, Section
from isinglass.figures.novelty import novelty
from isinglass.spec import Task


def build(found: Found) -> Novelty | None:
    """Novelty and error of every unseen row, and which features lie beyond their training ranges."""
    measured, scores = _measured(found.scores), found.scores
    if measured is None or not len(scores.beyond):
        return measured
    names = tuple(feature.name for feature in found.dataset.schema.features)
    return replace(measured, features=names, beyond=tuple(float(share) for share in scores.beyond))


def _measured(scores: Scored) -> Novelty | None:
    outcome = scores.unseen
    if not np.isfinite(scores.novelty).any():
        return None
    if outcome.mean is not None:
        return Novelty(scores.novelty, np.abs(outcome.observed - outcome.mean).mean(axis=1))
    if outcome.task is Task.CLASSIFICATION and outcome.probabilities is not None:
        right = outcome.probabilities[np.arange(len(outcome)), outcome.labels]
        return Novelty(scores.novelty, 1 - right, "1 - probability of the true class")
    return Novelty(scores.novelty)


NOVELTY = Section("Beyond the training data", novelty, build=build, field="novelty")
