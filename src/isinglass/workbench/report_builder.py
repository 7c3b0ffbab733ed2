"""The report's parts from what the study found."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import torch

from isinglass.data.dataset import Dataset
from isinglass.data.leaks.words import brief_words, doubt_words
from isinglass.evaluation.diagnosis import diagnose
from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.metrics import pit, reliability
from isinglass.evaluation.parts import PartScore, part_scores
from isinglass.evaluation.report import ConstraintCheck, Effect, History, Importance, Novelty, Report, Unseen, openings
from isinglass.evaluation.report.masks import MaskPictures
from isinglass.evaluation.report.pictures import Pictures
from isinglass.learning.run import Tick
from isinglass.model import score_of
from isinglass.recipe import Recipe
from isinglass.spec import Role, Task
from isinglass.workbench.data_summary import describe_data, describe_splits, machine_words
from isinglass.workbench.judging.fold import Fold
from isinglass.workbench.judging.scoring import Scores
from isinglass.workbench.population import Trained
from isinglass.workbench.prepare import Prepared

LEVELS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
PACKAGES = ("isinglass", "torch", "numpy", "scikit-learn", "polars")
MEASURED = 5000  # training rows whose error is measured for the diagnosis


@dataclass(frozen=True)
class Looks:
    """What the network looks at: columns of a table, or pictures."""

    importance: Importance | None = None
    effects: tuple[Effect, ...] = ()
    pictures: Pictures | None = None
    masks: MaskPictures | None = None


def assemble(
    prepared: Prepared,
    trained: Trained,
    folds: tuple[Fold, ...],
    scores: Scores,
    looks: Looks,
    *,
    ledger: Ledger,
) -> Report:
    """Put everything on one table; nothing is measured here but the residuals of laws and training errors."""
    dataset, recipe = prepared.dataset, prepared.recipe
    task, targets = dataset.schema.task, dataset.schema.targets
    parameters = trained.ensemble.work.layout.size
    doubts = f"The scores flatter: {brief_words(prepared.doubts)}. " if prepared.doubts else ""
    return Report(
        title=f"{', '.join(target.name for target in targets)} from {dataset.name}",
        verdict=doubts + scores.verdict.sentence,
        task=task,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        measures=scores.measures,
        methods=scores.methods,
        targets=scores.targets,
        data=describe_data(dataset, recipe),
        splits=describe_splits(dataset, prepared.splits, recipe),
        recipe=recipe.to_toml(),
        provenance=provenance(dataset, recipe, trained),
        warnings=prepared.notes,
        doubts=tuple(doubt_words(doubt, task) for doubt in prepared.doubts),
        history=_history(dataset, trained, folds, scores),
        unseen=_unseen(dataset, scores),
        parts=_parts(dataset, scores, recipe),
        importance=looks.importance,
        effects=looks.effects,
        pictures=looks.pictures,
        masks=looks.masks,
        novelty=_with_ranges(_novelty(scores), dataset, scores),
        constraints=_constraints(dataset, trained, scores),
        ledger=openings(ledger),
        members=len(trained.ensemble),
        machine=machine_words(dataset.schema, recipe, parameters, len(trained.ensemble)),
        skilled=scores.verdict.skilled,
        combination=scores.weights,
        absent={} if looks.importance or looks.pictures else {"importance": "the machine has a single input column"},
    )


def provenance(dataset: Dataset, recipe: Recipe, trained: Trained) -> dict[str, str]:
    """What is needed to get the same numbers again."""
    plan = trained.training.report
    tuning = plan.tuning
    shown = {name: _version(name) for name in PACKAGES}
    return {
        **shown,
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {platform.system()}",
        "threads": f"{tuning.threads} (torch's own setting: {torch.get_num_threads()})",
        "plan": f"{plan.name}, {_together(tuning.chunk)} at a time, {tuning.precision}"
        + (f", on {', '.join(tuning.devices)}" if tuning.devices else "")
        + (", its steps recorded and replayed" if tuning.graph else ""),
        **({"devices that failed": "; ".join(plan.broken)} if plan.broken else {}),
        "seed": str(recipe.learning.seed),
        "data": dataset.fingerprint,
        "recipe": recipe.digest(),
    }


def _together(chunk: int) -> str:
    return "one network" if chunk == 1 else f"{chunk or 'all'} networks"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _history(dataset: Dataset, trained: Trained, folds: tuple[Fold, ...], scores: Scores) -> History:
    run = trained.training.run
    first = [tick for tick in run.ticks if tick.round == 0]
    best = run.best.epoch.numpy()[trained.kept]
    return History(
        train=_curves(first, "train_loss", trained),
        stop=_curves(first, "stop_loss", trained),
        best=np.maximum(1, np.round(np.where(np.isfinite(best), best, 1))).astype(np.int64),
        loss=trained.ensemble.work.problem.loss.name,
        restarts=int(run.restarts.sum()),
        words=_diagnosis(dataset, trained, folds, scores, first),
    )


def _curves(ticks: list[Tick], name: str, trained: Trained) -> np.ndarray:
    if not ticks:
        return np.zeros((len(trained.kept), 0))
    return np.stack([getattr(tick, name) for tick in ticks], axis=1)[trained.kept]


def _diagnosis(dataset: Dataset, trained: Trained, folds: tuple[Fold, ...], scores: Scores, ticks: list[Tick]) -> str:
    """Squared errors (or Brier scores) on rows that members trained on, against rows that nobody saw."""
    if dataset.schema.task is Task.SEGMENTATION:
        return ""  # counts of pixels have no training error beside them
    power = 2 if dataset.schema.task is Task.REGRESSION else 1
    theirs = {run.name: _deciding(dataset, run.outcome) ** power for run in scores.baselines}
    constant = theirs.pop("mean", np.nan)
    return diagnose(
        _training_error(dataset, trained, folds) ** power,
        _deciding(dataset, scores.alone) ** power,
        best=min(theirs.values(), default=np.nan),
        constant=constant,
        stop=_curves(ticks, "stop_loss", trained),
    ).words


def _deciding(dataset: Dataset, outcome) -> float:
    predicted = outcome.mean if dataset.schema.task is Task.REGRESSION else outcome.probabilities
    return score_of(dataset.schema.task, outcome.observed, outcome.weights)(predicted)


def _training_error(dataset: Dataset, trained: Trained, folds: tuple[Fold, ...]) -> float:
    mine = np.flatnonzero(trained.ensemble.fold == 0)
    learnt = trained.role[mine] == Role.TRAIN
    rows = np.flatnonzero(learnt.any(axis=0))
    rows = rows[:: max(1, len(rows) // MEASURED)]
    found = folds[0].ensemble.predict(dataset.inputs[rows], learnt[:, rows])
    predicted = found.mean if found.probabilities is None else found.probabilities
    return score_of(dataset.schema.task, dataset.targets[rows], dataset.weights[rows])(predicted)


def _unseen(dataset: Dataset, scores: Scores) -> Unseen:
    outcome, schema = scores.unseen, dataset.schema
    if schema.task is Task.SEGMENTATION:
        return Unseen(np.zeros((len(outcome), 0)), ())
    names = tuple(target.name for target in schema.targets)
    units = tuple(target.unit for target in schema.targets)
    about: dict[str, Any] = _whereabouts(dataset, scores)
    if schema.task is not Task.REGRESSION:
        classes = {"probabilities": outcome.probabilities, "classes": schema.classes}
        return Unseen(outcome.observed, names, units, **classes, **about)
    return Unseen(
        observed=outcome.observed,
        names=names,
        units=units,
        mean=outcome.mean,
        std=outcome.std,
        low=outcome.low,
        high=outcome.high,
        coverage=outcome.coverage,
        noise=scores.noise,
        ignorance=scores.ignorance,
        pit=pit(outcome),
        levels=LEVELS,
        covered=np.stack([reliability(outcome.target(i), LEVELS) for i in range(len(names))], axis=1),
        **about,
    )


def _whereabouts(dataset: Dataset, scores: Scores) -> dict[str, np.ndarray]:
    """Of the unseen rows: which belong together, their groups, times and places."""
    outcome, coords = scores.unseen, {name: np.asarray(v)[scores.rows] for name, v in dataset.coords.items()}
    cluster = np.unique(outcome.groups, return_inverse=True)[1]
    found: dict[str, np.ndarray] = {"cluster": cluster} if int(cluster.max()) + 1 < len(cluster) else {}
    if (outcome.weights != 1).any():
        found["weight"] = outcome.weights
    if "group" in coords:
        found["group"] = coords["group"].astype(str)
    if "time" in coords:
        found["time"] = coords["time"].astype(np.float64)
    if "latitude" in coords and "longitude" in coords:
        found["position"] = np.stack([coords["longitude"], coords["latitude"]], axis=1).astype(np.float64)
    return found


def _parts(dataset: Dataset, scores: Scores, recipe: Recipe) -> tuple[PartScore, ...]:
    """The score of each group, season and month among the unseen rows."""
    coords = {name: np.asarray(values)[scores.rows] for name, values in dataset.coords.items()}
    return part_scores(
        scores.unseen,
        group=coords.get("group"),
        group_name=recipe.data.group,
        days=coords["time"].astype(np.float64) if dataset.dated and "time" in coords else None,
        bootstrap=recipe.evaluation.bootstrap,
        seed=recipe.learning.seed,
    )


def _novelty(scores: Scores) -> Novelty | None:
    outcome = scores.unseen
    if not np.isfinite(scores.novelty).any():
        return None
    if outcome.mean is not None:
        return Novelty(scores.novelty, np.abs(outcome.observed - outcome.mean).mean(axis=1))
    if outcome.task is Task.CLASSIFICATION and outcome.probabilities is not None:
        right = outcome.probabilities[np.arange(len(outcome)), outcome.labels]
        return Novelty(scores.novelty, 1 - right, "1 - probability of the true class")
    return Novelty(scores.novelty)


def _with_ranges(novelty: Novelty | None, dataset: Dataset, scores: Scores) -> Novelty | None:
    """And which features lie beyond their training ranges."""
    if novelty is None or not len(scores.beyond):
        return novelty
    names = tuple(feature.name for feature in dataset.schema.features)
    return replace(novelty, features=names, beyond=tuple(float(share) for share in scores.beyond))


def _constraints(dataset: Dataset, trained: Trained, scores: Scores) -> tuple[ConstraintCheck, ...]:
    """Every law's residual for every unseen row, of the prediction and of what was observed."""
    head, mean = trained.ensemble.work.problem.head, scores.alone.mean
    if head is None or mean is None:
        return ()
    inputs = torch.from_numpy(dataset.inputs[scores.rows])
    size = float(np.abs(scores.alone.observed).mean())
    predicted, observed = (head.residuals(torch.from_numpy(y), inputs) for y in (mean, scores.alone.observed))
    return tuple(
        ConstraintCheck(law.name, law.formula, law.values, reference=size, observed=seen.values)
        for law, seen in zip(predicted, observed, strict=True)
    )
