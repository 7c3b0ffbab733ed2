"""Small reports with everything in them, made of random numbers: what the pages and figures are tested on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.parts import PartScore
from isinglass.evaluation.report import (
    ColumnSummary,
    ConstraintCheck,
    DataPart,
    Effect,
    History,
    Importance,
    Measure,
    Method,
    Novelty,
    Opening,
    Report,
    SplitPart,
    Unseen,
)
from isinglass.evaluation.report.pictures import ClassScore, FeatureMaps, Pictures, Shown
from isinglass.recipe import Recipe
from isinglass.spec import Kind, Role, Task

FINGERPRINT = "9f" * 32


def regression_report(rows: int = 300) -> Report:
    """Two inputs, one target, four folds by group; every part is there."""
    random = np.random.default_rng(0)
    observed = random.normal(80, 5, size=(rows, 1))
    mean = observed + random.normal(0, 2, size=(rows, 1))
    groups = np.array([f"buoy {row % 8}" for row in range(rows)])
    role = np.full((4, rows), int(Role.TRAIN), dtype=np.int8)
    role[np.arange(rows) % 4, np.arange(rows)] = int(Role.TEST)
    levels = np.linspace(0.1, 0.9, 9)
    recipe = Recipe.from_dict({"data": {"source": "tao", "target": ["Humidity"], "group": "location"}})
    return Report(
        title="Humidity from tao",
        verdict="The network is 9 % (4..14) better than the best conventional method, gradient boosting.",
        task=Task.REGRESSION,
        date="2026-01-02 03:04",
        measures=(
            Measure("rmse", "RMSE", "%"),
            Measure("nll", "NLL", "nats"),
            Measure("coverage_90", "Coverage of 90 %", better="nominal", nominal=0.9),
        ),
        methods=(
            Method("network", _values(rmse=3.412, nll=2.61, coverage_90=0.893), 12.0, network=True),
            Method("gradient boosting", _values(rmse=3.75), 0.4),
            Method("linear", _values(rmse=3.98, nll=2.83, coverage_90=0.881), 0.01),
        ),
        data=DataPart(
            "tao",
            rows,
            (
                ColumnSummary("sst", "input", Kind.CONTINUOUS, "degC", 3, 22.0, 26.5, 29.1, tuple(range(24))),
                ColumnSummary("ship", "input", Kind.CATEGORICAL, counts=(3, 9), categories=("Fram", "Gjøa")),
                ColumnSummary("Humidity", "target", Kind.CONTINUOUS, "%", 0, 70.0, 80.0, 90.0, (1, 5, 2)),
            ),
            FINGERPRINT,
            notes=("Humidity: 93 rows without target left out.",),
        ),
        splits=SplitPart(
            role,
            "group",
            "folds",
            groups=groups,
            group_name="location",
            position=random.uniform(-5, 5, size=(rows, 2)),
            time=np.arange(rows, dtype=float),
            time_label="days",
        ),
        recipe=recipe.to_toml(),
        provenance={"isinglass": "0.1.0", "torch": "2.13.0", "seed": "0", "recipe": recipe.digest()},
        warnings=("Only 8 groups: intervals are wide.",),
        history=_history(random),
        unseen=Unseen(
            observed,
            ("Humidity",),
            ("%",),
            mean=mean,
            std=np.full((rows, 1), 2.0),
            low=mean - 3.3,
            high=mean + 3.3,
            pit=random.uniform(size=(rows, 1)),
            levels=levels,
            covered=levels[:, None] - 0.02,
            cluster=np.arange(rows) % 8,
            group=groups,
            time=np.arange(rows, dtype=float),
            position=np.stack([np.arange(rows) % 8, np.arange(rows) % 3], axis=1).astype(float),
        ),
        parts=tuple(PartScore("location", f"buoy {k}", 37, 1, _values(rmse=3.0 + k / 10)) for k in range(8)),
        importance=Importance(
            ("sst", "ship"),
            np.array([[2.0, 2.1, 2.2], [0.1, 0.2, 0.15]]),
            "RMSE (%)",
            np.array([[2.0, 2.1, 2.2], [2.3, 2.4, 2.5]]),
            ("sst", "ship"),
        ),
        effects=(_curve(random), _levels()),
        novelty=Novelty(random.gamma(2, 0.3, size=rows), np.abs(mean - observed)[:, 0], "absolute error (%)"),
        constraints=(ConstraintCheck("energy balance", "R − H − G = 0", random.normal(0, 1e-7, rows), "W m⁻²", 100.0),),
        ledger=(Opening("2026-01-02 03:04", "fit: first scores", "RMSE 3.41 %"),),
        members=64,
        machine="64 x mlp 2-64-64-1",
        seconds=18.4,
    )


def classification_report(rows: int = 120, classes: int = 3) -> Report:
    """One sealed test part, no groups, no history, no importances."""
    random = np.random.default_rng(1)
    truth = random.integers(0, classes, size=rows)
    scores = random.normal(size=(rows, classes)) + 2 * np.eye(classes)[truth]
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    role = np.where(np.arange(400) < rows, int(Role.TEST), int(Role.TRAIN)).astype(np.int8)[None]
    names = tuple(f"class {index}" for index in range(classes))
    return Report(
        title="species from penguins.csv",
        verdict="A linear model is as good as the network within 5 % (network 0 %, -3..+3 in accuracy): prefer it.",
        task=Task.CLASSIFICATION,
        date="2026-01-02",
        measures=(Measure("accuracy", "Accuracy", better="high"), Measure("nll", "NLL", "nats")),
        methods=(
            Method("network", _values(accuracy=0.81, nll=0.5), network=True),
            Method("logistic", _values(accuracy=0.8, nll=0.52)),
        ),
        data=DataPart(
            "penguins.csv",
            400,
            (ColumnSummary("species", "target", Kind.CATEGORICAL, counts=(1,), categories=names),),
            FINGERPRINT,
        ),
        splits=SplitPart(role, "stratified", "sealed"),
        recipe=Recipe.from_dict({"data": {"source": "penguins.csv", "target": ["species"]}}).to_toml(),
        provenance={"isinglass": "0.1.0"},
        unseen=Unseen(truth[:, None].astype(float), ("species",), probabilities=probabilities, classes=names),
        absent={"importance": "Importances were not asked for."},
    )


def image_report(rows: int = 40, classes: int = 3) -> Report:
    """As `classification_report`, of coloured images."""
    random = np.random.default_rng(2)
    report = classification_report(rows, classes)
    assert report.unseen is not None
    assert report.unseen.probabilities is not None
    names = np.array(report.unseen.classes)
    observed, predicted = report.unseen.observed[:, 0].astype(int), report.unseen.probabilities.argmax(axis=1)
    shown = Shown(
        pixels=random.integers(0, 256, size=(rows, 8, 8, 3)).astype(np.uint8),
        observed=names[observed],
        predicted=names[predicted],
        probability=report.unseen.probabilities.max(axis=1),
        files=np.array([f"{names[k]}/{i}.png" for i, k in enumerate(observed)]),
    )
    pictures = Pictures(
        samples=shown,
        mistakes=shown,
        classes=tuple(ClassScore(name, 9, 0.5, 0.75, 0.6) for name in names),
        filters=random.uniform(size=(6, 3, 3, 3)).astype(np.float32),
        example=shown.pixels[0],
        maps=(FeatureMaps("conv1", random.normal(size=(4, 8, 8)).astype(np.float32)),),
        words="8 x 8 pixels, red, green, blue, uint8",
    )
    return replace(report, pictures=pictures)


def _values(**numbers: float) -> dict[str, Interval]:
    return {name: Interval(value, value * 0.93, value * 1.06) for name, value in numbers.items()}


def _history(random: np.random.Generator) -> History:
    epochs = np.arange(1, 61)
    train = 1 / epochs + random.normal(0, 0.01, size=(8, 60)) + 0.2
    stop = train + 0.05
    train[:4, 50:] = stop[:4, 50:] = np.nan
    return History(train, stop, np.full(8, 45), "squared", restarts=1, words="Neither under- nor overfitted.")


def _curve(random: np.random.Generator) -> Effect:
    grid = np.linspace(20, 30, 20)
    members = 80 + grid + random.normal(0, 0.3, size=(6, 20))
    return Effect(
        "sst", "degC", "Humidity", "%", grid, members.mean(axis=0), members, members[:3], random.normal(25, 2, 50)
    )


def _levels() -> Effect:
    return Effect("ship", "", "Humidity", "%", np.array(["Fram", "Gjøa"]), np.array([104.0, 106.0]))
