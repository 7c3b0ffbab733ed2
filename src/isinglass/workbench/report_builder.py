"""The report's parts from what the study found."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import torch

from isinglass.data.dataset import Dataset
from isinglass.data.leaks.words import brief_words, doubt_words
from isinglass.evaluation.ledger import Ledger
from isinglass.evaluation.metrics import pit, reliability
from isinglass.evaluation.report import Insights, Report, Unseen, openings
from isinglass.recipe import Recipe
from isinglass.spec import Task
from isinglass.workbench.data_summary import describe_data, describe_splits, machine_words
from isinglass.workbench.judging.fold import Fold
from isinglass.workbench.judging.scoring import Scores
from isinglass.workbench.population import Trained
from isinglass.workbench.prepare import Prepared

LEVELS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
PACKAGES = ("isinglass", "torch", "numpy", "scikit-learn", "polars")


def assemble(
    prepared: Prepared,
    trained: Trained,
    folds: tuple[Fold, ...],
    scores: Scores,
    looks: Insights,
    *,
    ledger: Ledger,
) -> Report:
    """Put everything on one table; nothing is measured here but the residuals of laws and training errors."""
    from isinglass.export.sections import SECTIONS, Found, built  # draws: a second of imports

    dataset, recipe = prepared.dataset, prepared.recipe
    task, targets = dataset.schema.task, dataset.schema.targets
    parameters = trained.ensemble.common.layout.size
    found = Found(
        recipe=recipe,
        dataset=dataset,
        splits=prepared.splits,
        training=trained.training,
        ensemble=trained.ensemble,
        role=trained.role,
        kept=trained.kept,
        folds=folds,
        scores=scores,
        looks=looks,
    )
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
        warnings=tuple(note.text for note in prepared.notes),
        doubts=tuple(doubt_words(doubt, task) for doubt in prepared.doubts),
        unseen=_unseen(dataset, scores),
        ledger=openings(ledger),
        members=len(trained.ensemble),
        machine=machine_words(dataset.schema, recipe, parameters, len(trained.ensemble)),
        skilled=scores.verdict.skilled,
        combination=scores.weights,
        absent={} if looks.importance or looks.pictures else {"importance": "the machine has a single input column"},
        **built(SECTIONS, found),
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


def _unseen(dataset: Dataset, scores: Scores) -> Unseen:
    outcome, schema = scores.unseen, dataset.schema
    if outcome.confusion is not None:
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
