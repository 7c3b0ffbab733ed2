"""How good is it? The network and conventional methods on the same unseen rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits
from isinglass.errors import RecipeError
from isinglass.evaluation.baselines import (
    BASELINES,
    TIMED,
    Baseline,
    BaselineRun,
    FailedRun,
    MaskBaseline,
)
from isinglass.evaluation.intervals import Interval, evaluate
from isinglass.evaluation.metrics import METRICS, Metric, coverage, deciding
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.report import Measure, Method, TargetPart
from isinglass.evaluation.targets import by_target, mixed, with_unit, without_units
from isinglass.evaluation.verdict.hindrances import hindrance, rare_class, unlearnt_rows
from isinglass.evaluation.verdict.verdict import Contender, Verdict, judge
from isinglass.inference.combination import shares
from isinglass.kinds import KINDS
from isinglass.machine import COMBINED
from isinglass.recipe import Recipe
from isinglass.spec import Column, Role, Task
from isinglass.workbench.judging.combination import Combined, Contenders
from isinglass.workbench.judging.fold import Fold
from isinglass.workbench.judging.masks import count_pixels, outcome_of

SCORED = 200_000
"""Of more unseen rows than this, so many evenly spaced ones are scored: their mean is good to 0.2 %."""

SHOWN = {
    Task.REGRESSION: ("rmse", "mae", "r2", "bias", "nll", "crps", "coverage_90", "sharpness"),
    Task.CLASSIFICATION: (
        "accuracy",
        "brier",
        "auc",
        "average_precision",
        "balanced_accuracy",
        "f1",
        "log_loss",
        "ece",
    ),
    Task.SEGMENTATION: (
        "mean_iou",
        "sea_ice",
        "sic_r2",
        "sod_f1",
        "floe_f1",
        "pixel_accuracy",
        "pixel_f1",
        "boundary_f1",
    ),
    Task.MULTILABEL: ("accuracy", "brier", "f1", "auc", "average_precision", "log_loss", "ece"),
}


RANKING = ("auc", "average_precision", "balanced_accuracy")

TOGETHER = "networks and conventional methods combined (--machine combined)"
"""Their title in a verdict."""


@dataclass(frozen=True)
class Scores:
    """Everything that was measured on the unseen rows.

    Args:
        rows: places of these rows in the data set, rising.
        unseen: the model's outcome on them: the networks', or that of the combination where the recipe asks for it.
        novelty: [sample] of these rows, each against the training rows of its fold.
        beyond: [feature] shares of the rows in which a feature lies beyond its fold's training range; none for images.
        noise, ignorance: [sample, out] or [sample, 1].
        baselines: the conventional methods' runs, of those that did not fail.
        verdict: who won.
        network: the model's measures with their intervals.
        alone: the networks' own outcome, where the model is a combination with conventional methods; else `unseen`.
        weights: how much each method counts in the combination, by its title.
    """

    rows: np.ndarray
    unseen: Outcome
    novelty: np.ndarray
    noise: np.ndarray
    ignorance: np.ndarray
    baselines: tuple[BaselineRun, ...]
    verdict: Verdict
    network: Mapping[str, Interval]
    methods: tuple[Method, ...]
    measures: tuple[Measure, ...]
    alone: Outcome
    targets: tuple[TargetPart, ...] = ()
    beyond: np.ndarray = field(default_factory=lambda: np.zeros(0))
    weights: Mapping[str, float] = field(default_factory=dict)


def scored_splits(splits: Splits) -> tuple[Splits, tuple[str, ...]]:
    """The splits with so many test rows as are scored; the others are UNUSED in scoring, and a note says so."""
    tested = splits.tested
    if len(tested) <= SCORED:
        return splits, ()
    role = splits.role.copy()
    left = np.ones(len(tested), dtype=bool)
    left[np.linspace(0, len(tested) - 1, SCORED).astype(np.int64)] = False
    columns = role[:, tested[left]]
    columns[columns == Role.TEST] = Role.UNUSED
    role[:, tested[left]] = columns
    return replace(splits, role=role), (f"{SCORED} of {len(tested)} unseen rows were scored, evenly spaced",)


def ask_unseen(dataset: Dataset, splits: Splits, folds: tuple[Fold, ...], recipe: Recipe) -> dict[str, np.ndarray]:
    """What the network says of rows that it never saw, in the order of `splits.tested`."""
    rows = splits.tested
    place = np.full(len(dataset), -1)
    place[rows] = np.arange(len(rows))
    answers: dict[str, np.ndarray] = {}
    for fold in folds:
        mine = fold.tested[place[fold.tested] >= 0]
        if not len(mine):
            continue
        for name, values in _answers(dataset, mine, fold, recipe).items():
            store = answers.setdefault(name, np.full((len(rows), *values.shape[1:]), np.nan))
            store[place[mine]] = values
    return answers


def _answers(dataset: Dataset, rows: np.ndarray, fold: Fold, recipe: Recipe) -> dict[str, np.ndarray]:
    """What one fold's members say of some rows."""
    if dataset.schema.over:
        return count_pixels(dataset, rows, fold.ensemble)
    prediction = fold.ensemble.predict(dataset.inputs[rows])
    names = {"mean", "noise", "ignorance", "novelty", "beyond"}
    names |= {"std"} if dataset.schema.task is Task.REGRESSION else {"probabilities"}
    found = {name: getattr(prediction, name) for name in names}
    if dataset.schema.task is Task.REGRESSION:
        found["low"], found["high"] = prediction.interval(recipe.evaluation.coverage)
    return found


def network_outcome(dataset: Dataset, splits: Splits, recipe: Recipe, answers: Mapping[str, np.ndarray]) -> Outcome:
    """The network's answers beside the observations."""
    if "confusion" in answers:
        return outcome_of(dataset, splits, answers)
    rows = splits.tested
    blank = Outcome(
        observed=dataset.targets[rows],
        task=dataset.schema.task,
        weights=dataset.weights[rows],
        groups=splits.units[rows],
        coverage=recipe.evaluation.coverage,
    )
    regression = dataset.schema.task is Task.REGRESSION
    names = ("mean", "std", "low", "high") if regression else ("probabilities",)
    return replace(blank, **{name: answers[name] for name in names})


def baselines_for(dataset: Dataset) -> Mapping[str, Baseline | MaskBaseline]:
    """The conventional methods for such data."""
    return KINDS[dataset.schema.kind].baselines(dataset.schema.task)


def baseline_names(recipe: Recipe, dataset: Dataset) -> tuple[str, ...]:
    """Keys of the conventional methods. Raises RecipeError for one that is unknown."""
    wanted, methods = recipe.evaluation.baselines, baselines_for(dataset)
    methods = {**methods, **TIMED} if methods is BASELINES else methods
    names = tuple(methods) if wanted == "auto" else () if wanted == "none" else wanted
    unknown = [name for name in names if name not in methods]
    if unknown:
        allowed = [*methods, "none"]
        raise RecipeError("unknown baseline", where="evaluation.baselines", given=unknown[0], allowed=allowed)
    return names


def judge_all(
    found: Contenders,
    answers: Mapping[str, np.ndarray],
    runs: tuple[BaselineRun | FailedRun, ...],
    combined: Combined | None = None,
    *,
    seconds: float,
) -> Scores:
    """Measure everything on the same rows and say who won.

    Args:
        found: the rows, the parts that are scored, the recipe, the conventional methods that did not fail.
        answers: of the networks on the tested rows.
        runs: the conventional methods; those that failed are shown, and left out of the verdict.
        combined: both together, where that was possible.
        seconds: that the networks took.
    """
    dataset, splits, recipe = found.dataset, found.splits, found.recipe
    baselines, whole = found.runs, combined is not None and is_combined(recipe)
    alone = network_outcome(dataset, splits, recipe, answers)
    together = None if combined is None else network_outcome(dataset, splits, recipe, combined.answers)
    weights = {} if combined is None else _weights(combined, baselines)
    told = combined.answers if combined is not None and whole else answers
    lines = [_Line(Method("network", {}, seconds, not whole, role="networks"), alone)]
    if combined is not None and together is not None:
        spent = seconds + combined.seconds + sum(run.seconds for run in runs)
        lines.append(_Line(Method("combined", {}, spent, whole, role="combined"), together))
    lines = sorted(lines, key=lambda line: not line.method.network) + [_line(run) for run in runs]
    metrics, task, targets = metrics_for(recipe), dataset.schema.task, dataset.schema.targets

    def measured(outcome: Outcome) -> Mapping[str, Interval]:
        return evaluate(outcome, metrics, bootstrap=recipe.evaluation.bootstrap, seed=recipe.learning.seed)

    methods = tuple(line.scored(lambda one: without_units(measured(one), task, targets, metrics)) for line in lines)
    measures = measures_of(task, methods[0].values, targets, metrics)
    return Scores(
        rows=splits.tested,
        unseen=together if together is not None and whole else alone,
        novelty=told["novelty"],
        noise=told["noise"],
        ignorance=told["ignorance"],
        baselines=baselines,
        verdict=judge(
            alone,
            {run.name: run.outcome for run in baselines},
            others=_entered(together, weights, whole=whole),
            hindrance=hindrance_of(dataset, splits),
            seed=recipe.learning.seed,
        ),
        network=methods[0].values,
        methods=methods,
        measures=_telling_first(measures) if rare_class(alone) is not None else measures,
        alone=alone,
        targets=targets_of(lines, targets, metrics, measured),
        beyond=answers["beyond"].mean(axis=0) if "beyond" in answers else np.zeros(0),
        weights=weights,
    )


@dataclass(frozen=True)
class _Line:
    """A line of the table that is yet to be measured: what it is of, and what was said; nothing by what failed."""

    method: Method
    outcome: Outcome | None

    def scored(self, measured: Callable[[Outcome], Mapping[str, Interval]]) -> Method:
        return self.method if self.outcome is None else replace(self.method, values=measured(self.outcome))


def _line(run: BaselineRun | FailedRun) -> _Line:
    if isinstance(run, FailedRun):
        return _Line(Method(run.title, {}, run.seconds, failed=run.why), None)
    return _Line(Method(run.title, {}, run.seconds), run.outcome)


def targets_of(
    lines: Sequence[_Line],
    targets: tuple[Column, ...],
    metrics: Mapping[str, Metric],
    measured: Callable[[Outcome], Mapping[str, Interval]],
) -> tuple[TargetPart, ...]:
    """The comparison for each of several targets, in its own unit; nothing for one."""
    first = lines[0].outcome
    assert first is not None
    apart = [{} if line.outcome is None else by_target(line.outcome, targets) for line in lines]
    parts = []
    for target in targets if apart[0] else ():
        each = [replace(line, outcome=own.get(target.name)) for line, own in zip(lines, apart, strict=True)]
        methods = tuple(replace(line.scored(measured), seconds=None) for line in each)
        parts.append(TargetPart(target.name, measures_of(first.task, methods[0].values, (target,), metrics), methods))
    return tuple(parts)


def hindrance_of(dataset: Dataset, splits: Splits) -> str:
    """Why the tested rows cannot judge, whatever is predicted for them; empty where they can."""
    task, rows = dataset.schema.task, splits.tested
    if task.mapped:
        return ""
    seen = Outcome(dataset.targets[rows], task, groups=splits.units[rows])
    if task is not Task.CLASSIFICATION:
        return hindrance(seen, np.zeros(len(rows), bool))
    return hindrance(seen, unlearnt_rows(dataset.targets, splits.role)[rows], dataset.schema.classes)


def _entered(together: Outcome | None, weights: Mapping[str, float], *, whole: bool) -> dict[str, Contender]:
    """The combination in the verdict; none that is one method under another name."""
    if together is None or sum(weight > 0 for weight in weights.values()) < 2:
        return {}
    return {"combined": Contender("the combination" if whole else TOGETHER, together)}


def finished(runs: Sequence[BaselineRun | FailedRun]) -> tuple[BaselineRun, ...]:
    """The methods that did not fail."""
    return tuple(run for run in runs if isinstance(run, BaselineRun))


def is_combined(recipe: Recipe) -> bool:
    """Whether the model that is asked for is the combination with conventional methods."""
    return recipe.machine.kind == COMBINED


def _weights(combined: Combined, runs: tuple[BaselineRun, ...]) -> dict[str, float]:
    """By the methods' titles, the heaviest first."""
    titles = {run.name: run.title for run in runs}
    found = shares(combined.blends)
    return {titles.get(name, name): found[name] for name in sorted(found, key=lambda name: -found[name])}


def metrics_for(recipe: Recipe) -> dict[str, Metric]:
    """All metrics, the coverage of the recipe's own band among them."""
    own = coverage(recipe.evaluation.coverage)
    return {**METRICS, own.name: own}


def measures_of(
    task: Task, found: Mapping[str, Interval], targets: tuple[Column, ...], metrics: Mapping[str, Metric]
) -> tuple[Measure, ...]:
    """The columns of the comparison: the deciding one first. What carries a unit is left out where units differ, or may
    differ."""
    units = {target.unit for target in targets}
    unit = units.pop() if len(units) == 1 and task is Task.REGRESSION else ""
    order = dict.fromkeys((deciding(task, len(targets)).name, *SHOWN[task]))
    order |= dict.fromkeys(name for name in found if name.startswith("coverage"))
    unlike = mixed(task, targets)
    return tuple(_measure(metrics[n], unit) for n in order if n in found and not (unlike and with_unit(metrics[n])))


def _telling_first(measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Of a rare class the ranking tells more than how many rows are right: it follows the deciding measure."""
    return (measures[0], *sorted(measures[1:], key=lambda measure: measure.name not in RANKING))


def _measure(metric: Metric, unit: str) -> Measure:
    own = "" if not unit or metric.power == 0 else unit if metric.power == 1 else f"{unit}^{metric.power}"
    return Measure(metric.name, metric.label, own, metric.better, metric.nominal)
