"""What 'auto' means for the learning process of images: one small table, all in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine import build
from isinglass.machine.stages import belongs, stages_of
from isinglass.machine.summary import summarize
from isinglass.recipe import LearningRecipe, Recipe, ScheduleRecipe
from isinglass.spec import Shape, Task

RATES = {"adamw": 2e-3, "adam": 2e-3, "sgd": 0.05, "muon": 0.02}
WEIGHT_DECAYS = {"adamw": 0.05, "sgd": 5e-4, "muon": 0.02}
QUICK = {"fast": 0.03, "fast_grey": 0.06}
"""Networks that learn by Muon's steps, with their rates. Chosen on held-out parts of training images: of MNIST one
epoch at 0.06 gives 99.15 %, where two of AdamW's give 99.08 %; of EuroSAT's subset 24 epochs at 0.03 give 94 %."""
STARTED = 4e-3
"""AdamW's rate where a network starts from a checkpoint, lower stages still: EuroSAT with ten images a class gains
from it (held-out images; 2e-3 and 5e-3 are no better)."""
HEAD_ALONE = 0.05
"""AdamW's rate of a fresh head on a body that does not learn: a linear model has far to go, and nothing to spoil."""
SHOWN = {"fast_grey": 180_000}
SHOWN_ELSE = 400_000
"""Most images of the data set times epochs, where epochs are free."""
BUDGET = 360.0
"""Seconds of training on two processors that free epochs are meant to take, for all networks together."""
LEAST = {Task.SEGMENTATION: 6_000}
LEAST_ELSE = 20_000
"""Images that a network learns from at least, whatever that takes; masks hold far more than one answer each."""
LEARNT = 0.55
"""Part of the images that a network learns from: neither the test part nor out of its bag."""
SECONDS_EACH, SECONDS_MILLION = 8e-5, 5e-5
"""Of one processor, for one image and for each million multiply-adds of it, forward and backward together: 44 to 68
microseconds a million were measured on `fast`, ResNet-20 and U-Net, on processors with other work too."""
EPOCHS = (2, 60)
"""Fewest and most."""
BATCHES = ((2_000, 32), (20_000, 64))
"""Up to so many images, batches of so many; more take 128."""
QUICK_BATCH = 64
"""Quick networks take no larger ones."""
WARMUP = 0.2


@dataclass(frozen=True)
class ImageStudy:
    """What the learning of images depends on.

    Args:
        rows: images of the whole data set.
        kind: the machine's.
        task: what is predicted.
        cost: multiply-adds of one image.
        networks: that are trained, members of all folds.
        rate: AdamW's, of this start.
    """

    rows: int
    kind: str = ""
    task: Task = Task.CLASSIFICATION
    cost: float = 0.0
    networks: int = 1
    rate: float = RATES["adamw"]

    @property
    def seconds(self) -> float:
        """Of two processors, for one image and network."""
        return (SECONDS_EACH + SECONDS_MILLION * self.cost / 1e6) / 2


def image_study(recipe: Recipe, shape: Shape, rows: int, task: Task) -> ImageStudy:
    """Of a recipe whose machine and members are resolved. The network is built without memory, and thrown away; of
    one that cannot be built, or is given in Python, nothing is known."""
    if recipe.machine.kind == "custom":
        return ImageStudy(rows, "custom", task)
    try:
        with torch.device("meta"):
            machine = build(recipe.machine, shape, seed=0, task=task)
    except MachineError:
        return ImageStudy(rows, recipe.machine.kind, task)
    patch, sides = recipe.data.patch, shape.sizes
    size = (min(patch or side, side) for side in sides[1:])
    cost = summarize(machine, torch.empty((2, sides[0], *size), device="meta")).multiply_adds
    folds = 1 if recipe.splits.scheme == "sealed" else max(1, recipe.splits.folds)
    networks = folds * int(recipe.learning.members)
    return ImageStudy(rows, recipe.machine.kind, task, cost, networks, _adamw(recipe, machine))


def _adamw(recipe: Recipe, machine: nn.Module) -> float:
    """The rate of AdamW: higher where the lower stages come from a checkpoint, highest for a head alone."""
    if not recipe.machine.start:
        return RATES["adamw"]
    stages = [name for names in stages_of(machine)[:-1] for name in names]
    still = all(any(belongs(name, part) for part in recipe.machine.freeze) for name in stages)
    return HEAD_ALONE if still and recipe.learning.unfreeze == 0 else STARTED


def expected_words(recipe: Recipe, study: ImageStudy, after: float = 0.0) -> str:
    """How long the study takes, roughly: `about 5 min on two processors`; `after` are seconds that follow training."""
    images = study.rows * LEARNT * int(recipe.learning.epochs) * study.networks
    seconds = images * study.seconds
    return f"about {rounded(seconds + after)} on two quiet processors" if study.cost else ""


def rounded(seconds: float) -> str:
    """`25 s`, `5 min`: no more digits than are known."""
    return f"{math.ceil(seconds / 5) * 5} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def learning_of_images(recipe: LearningRecipe, study: ImageStudy) -> LearningRecipe:
    """The `[learning]` table with a value for every 'auto' that is another for images than for rows of a table."""
    rows, kind = study.rows, study.kind
    changes = {
        "batch": _batch(rows, kind) if recipe.batch == "auto" else recipe.batch,
        "epochs": _epochs(study) if recipe.epochs == "auto" else recipe.epochs,
        "schedule": _schedule(recipe.schedule, kind),
    }
    optimizer = recipe.optimizer
    name = ("muon" if kind in QUICK else "adamw") if optimizer.kind == "auto" else optimizer.kind
    rate, decay = RATES.get(name, "auto"), WEIGHT_DECAYS.get(name, 0.0)
    rate = QUICK.get(kind, rate) if name == "muon" else study.rate if name == "adamw" else rate
    changes["optimizer"] = optimizer.model_copy(
        update={
            "kind": name,
            "rate": rate if optimizer.rate == "auto" else optimizer.rate,
            "weight_decay": decay if optimizer.weight_decay == "auto" else optimizer.weight_decay,
        }
    )
    return recipe.model_copy(update=changes)


def _schedule(recipe: ScheduleRecipe, kind: str) -> ScheduleRecipe:
    """Quick networks: a triangle with its top at a fifth; others a cosine after a slow start."""
    if recipe.kind != "auto":
        return recipe
    if kind in QUICK:
        return recipe.model_copy(update={"kind": "triangular", "peak": WARMUP})
    return recipe.model_copy(update={"kind": "cosine", "factor": 0.01, "warmup": recipe.warmup or WARMUP})


def _epochs(study: ImageStudy) -> int:
    """What the budget of time allows, within what such networks need and can use."""
    most, least = SHOWN.get(study.kind, SHOWN_ELSE), LEAST.get(study.task, LEAST_ELSE) / LEARNT
    paid = BUDGET / (study.networks * study.seconds) / LEARNT
    return min(EPOCHS[1], max(EPOCHS[0], round(min(most, max(least, paid)) / study.rows)))


def _batch(rows: int, kind: str) -> int:
    batch = next((batch for most, batch in BATCHES if rows <= most), 128)
    return min(batch, QUICK_BATCH) if kind in QUICK else batch
