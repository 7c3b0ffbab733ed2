"""Scores of each of several targets, or labels: what has a unit of its own is not averaged with what has another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.metrics import METRICS, Metric
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Column, Task


def by_target(outcome: Outcome, targets: Sequence[Column]) -> dict[str, Outcome]:
    """The outcome of each target by its name, of a regression or of labels; empty where there is one, or for masks."""
    if len(targets) < 2 or outcome.task not in (Task.REGRESSION, Task.MULTILABEL):
        return {}
    return {target.name: outcome.target(place) for place, target in enumerate(targets)}


def mixed(task: Task, targets: Sequence[Column]) -> bool:
    """Whether the targets' units differ, or may differ."""
    units = {target.unit for target in targets}
    return task is Task.REGRESSION and len(targets) > 1 and (len(units) > 1 or "" in units)


def without_units(
    scores: Mapping[str, Interval], task: Task, targets: Sequence[Column], metrics: Mapping[str, Metric] = METRICS
) -> dict[str, Interval]:
    """The scores over all targets, but those that carry a unit where units differ: a mean of percents and degrees."""
    unlike = mixed(task, targets)
    return {name: score for name, score in scores.items() if not (unlike and with_unit(metrics[name]))}


def with_unit(metric: Metric) -> bool:
    """Whether the number depends on the target's unit: a density's logarithm does too."""
    return bool(metric.power) or metric.name == "nll"
