"""Whole studies that take a second or two: few members, few epochs, one quick conventional method or two."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isinglass.model import Model
from isinglass.recipe import Recipe
from isinglass.workbench import study
from isinglass.workbench.events import Event, Study, Watched

QUICK = {
    "machine.hidden": [8],
    "learning.members": 3,
    "learning.epochs": 5,
    "learning.plan": "stacked",
    "learning.precision": "float32",
    "evaluation.bootstrap": 50,
    "evaluation.baselines": ["mean", "linear"],
}

QUICK_IMAGES = {
    "machine.kind": "cnn",
    "machine.filters": [4, 8],
    "learning.members": 2,
    "learning.epochs": 2,
    "learning.batch": 16,
    "learning.threads": 1,
    "evaluation.bootstrap": 20,
    "evaluation.baselines": ["mean"],
}

QUICK_ICE = {
    "machine.kind": "unet",
    "machine.filters": [8, 16],
    "splits.scheme": "sealed",
    "learning.members": 2,
    "learning.batch": 4,
    "learning.threads": 1,
    "learning.optimizer": {"kind": "adam", "rate": 0.01},
    "evaluation.bootstrap": 30,
    "evaluation.baselines": "none",
}


def quick(data: dict[str, Any], **changes: Any) -> Recipe:
    """A recipe of a quick study; `changes` has dotted keys with two underscores for the dot."""
    settings = QUICK | {key.replace("__", "."): value for key, value in changes.items()}
    return Recipe.from_dict({"data": data}).replace(settings)


@dataclass(frozen=True)
class Told:
    """What a study told, found and wrote."""

    events: list[Event]
    study: Study
    folder: Path | None

    @property
    def model(self) -> Model:
        return self.study.model


def tell(recipe: Recipe, out: Path | None = None, **options: Any) -> Told:
    """Run a study to its end."""
    running = Watched(study(recipe, out=out, **options))
    events = list(running)
    return Told(events, running.result, out)
