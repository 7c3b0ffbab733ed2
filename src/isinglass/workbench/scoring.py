"""How good is it? The network and conventional methods on the same unseen rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.image_schema import ImageSchema
from isinglass.data.splits import Splits
from isinglass.errors import RecipeError
from isinglass.evaluation.baselines import (
    BASELINES,
    IMAGE_BASELINES,
    SEGMENTATION_BASELINES,
    TIMED,
    Baseline,
    BaselineRun,
    FailedRun,
    MaskBaseline,
    run_all,
    run_timed,
)
from isinglass.evaluation.hindrances import hindrance, rare_class, unlearnt_rows
from isinglass.evaluation.intervals import Interval, evaluate
from isinglass.evaluation.metrics import METRICS, Metric, coverage, deciding
from isinglass.evaluation.outcome import Outcome
from isinglass.evaluation.report import Measure, Method, TargetPart
from isinglass.evaluation.targets import by_target, mixed, with_unit, without_units
from isinglass.evaluation.verdict import Verdict, judge
from isinglass.recipe import Recipe
from isinglass.types import Column, Role, Task
from isinglass.workbench.calibrating import Fold
from isinglass.workbench.masks import count_pixels, outcome_of

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


@dataclass(frozen=True)
class Scores:
    """Everything that was measured on the unseen rows.

    Args:
        rows: places of these rows in the data set, rising.
        unseen: the network's outcome on them; None where there are none.
        novelty: [sample] of these rows, each against the training rows of its fold.
        beyond: [feature] shares of the rows in which a feature lies beyond its fold's training range; none for images.
        noise, ignorance: [sample, out] or [sample, 1].
        baselines: the conventional methods' runs, of those that did not fail.
        verdict: who won.
        network: the network's measures with their intervals.
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
    targets: tuple[TargetPart, ...] = ()
    beyond: np.ndarray = field(default_factory=lambda: np.zeros(0))


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
    if dataset.schema.task is Task.SEGMENTATION:
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
    if dataset.schema.task is Task.SEGMENTATION:
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


def run_baselines(
    dataset: Dataset, splits: Splits, recipe: Recipe, threads: int
) -> tuple[BaselineRun | FailedRun, ...]:
    """Fit the recipe's conventional methods on the same training rows; one that fails ends nothing."""
    names, seed, level = baseline_names(recipe, dataset), recipe.learning.seed, recipe.evaluation.coverage
    methods = baselines_for(dataset)
    plain = tuple(name for name in names if name not in TIMED)
    runs = run_all(methods, plain, dataset, splits, coverage=level, seed=seed, threads=threads)
    return (*runs, *run_timed(names, dataset, splits, coverage=level))


def baselines_for(dataset: Dataset) -> Mapping[str, Baseline | MaskBaseline]:
    """The conventional methods for a table, for images, or for masks."""
    if dataset.schema.task is Task.SEGMENTATION:
        return SEGMENTATION_BASELINES
    return IMAGE_BASELINES if isinstance(dataset.schema, ImageSchema) else BASELINES


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
    dataset: Dataset,
    splits: Splits,
    recipe: Recipe,
    answers: Mapping[str, np.ndarray],
    runs: tuple[BaselineRun | FailedRun, ...],
    *,
    seconds: float,
) -> Scores:
    """Measure everything on the same rows and say who won; methods that failed are shown, and left out of the
    verdict."""
    baselines = tuple(run for run in runs if isinstance(run, BaselineRun))
    network = network_outcome(dataset, splits, recipe, answers)
    metrics = metrics_for(recipe)
    draws = {"bootstrap": recipe.evaluation.bootstrap, "seed": recipe.learning.seed}
    outcomes = {"network": network, **{run.name: run.outcome for run in baselines}}
    task, targets = dataset.schema.task, dataset.schema.targets
    found = {
        name: without_units(evaluate(outcome, metrics, **draws), task, targets, metrics)
        for name, outcome in outcomes.items()
    }
    mine = found["network"]
    verdict = judge(
        network,
        {run.name: run.outcome for run in baselines},
        hindrance=hindrance_of(dataset, splits),
        seed=recipe.learning.seed,
    )
    measures = measures_of(task, mine, targets, metrics)
    measures = _telling_first(measures) if rare_class(network) is not None else measures
    methods = [Method("network", mine, seconds, network=True)]
    methods += [_method(run, found.get(run.name, {})) for run in runs]
    return Scores(
        rows=splits.tested,
        unseen=network,
        novelty=answers["novelty"],
        noise=answers["noise"],
        ignorance=answers["ignorance"],
        baselines=baselines,
        verdict=verdict,
        network=mine,
        methods=tuple(methods),
        measures=measures,
        targets=targets_of(outcomes, runs, targets, metrics, **draws),
        beyond=answers["beyond"].mean(axis=0) if "beyond" in answers else np.zeros(0),
    )


def targets_of(
    outcomes: Mapping[str, Outcome],
    runs: tuple[BaselineRun | FailedRun, ...],
    targets: tuple[Column, ...],
    metrics: Mapping[str, Metric],
    **draws: int,
) -> tuple[TargetPart, ...]:
    """The comparison for each of several targets, in its own unit; nothing for one."""
    apart = {name: by_target(outcome, targets) for name, outcome in outcomes.items()}
    task, parts = outcomes["network"].task, []
    for target in targets if apart["network"] else ():
        found = {name: evaluate(each[target.name], metrics, **draws) for name, each in apart.items()}
        methods = [Method("network", found["network"], network=True)]
        methods += [replace(_method(run, found.get(run.name, {})), seconds=None) for run in runs]
        parts.append(TargetPart(target.name, measures_of(task, found["network"], (target,), metrics), tuple(methods)))
    return tuple(parts)


def hindrance_of(dataset: Dataset, splits: Splits) -> str:
    """Why the tested rows cannot judge, whatever is predicted for them; empty where they can."""
    task, rows = dataset.schema.task, splits.tested
    if task is Task.SEGMENTATION:
        return ""
    seen = Outcome(dataset.targets[rows], task, groups=splits.units[rows])
    if task is not Task.CLASSIFICATION:
        return hindrance(seen, np.zeros(len(rows), bool))
    return hindrance(seen, unlearnt_rows(dataset.targets, splits.role)[rows], dataset.schema.classes)


def _method(run: BaselineRun | FailedRun, values: Mapping[str, Interval]) -> Method:
    return Method(run.title, values, run.seconds, failed=run.why if isinstance(run, FailedRun) else "")


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
