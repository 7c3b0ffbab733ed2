"""What 'auto' means for the learning process: one small table, all in one place."""

from __future__ import annotations

import math

from isinglass.recipe import LearningRecipe, OptimizerRecipe, ScheduleRecipe

RATES = {"sgd": 0.02, "rmsprop": 1e-3, "adagrad": 0.02, "adam": 3e-3, "adamw": 3e-3, "perceptron": 1.0, "lbfgs": 1.0}
WEIGHT_DECAYS = {"adamw": 1e-4}
FULL = ("lbfgs", "closed_form", "perceptron")
"""Kinds that know no mini-batches."""
STEPS = 12_000
"""Optimizer steps of a whole run, where epochs are free."""


def resolve(recipe: LearningRecipe, rows: int) -> LearningRecipe:
    """The recipe with every 'auto' but plan, precision and device replaced by a value.

    Args:
        recipe: the `[learning]` table.
        rows: that a member nominally trains on.
    """
    optimizer = _optimizer(recipe.optimizer)
    batch = _batch(rows) if recipe.batch == "auto" else recipe.batch
    batch = "full" if optimizer.kind in FULL else batch
    per_epoch = steps_per_epoch(rows, batch)
    epochs = _epochs(optimizer.kind, per_epoch) if recipe.epochs == "auto" else recipe.epochs
    patience = max(10, epochs // 4) if recipe.patience == "auto" else recipe.patience
    changes = {"batch": batch, "epochs": epochs, "patience": patience, "optimizer": optimizer}
    return recipe.model_copy(update=changes | {"schedule": _schedule(recipe.schedule)})


def steps_per_epoch(rows: int, batch: int | str) -> int:
    """ceil(rows / batch); 1 for full batches."""
    return math.ceil(rows / batch) if isinstance(batch, int) else 1


def _epochs(kind: str, per_epoch: int) -> int:
    return 1 if kind == "closed_form" else max(8, min(400, round(STEPS / per_epoch)))


def _batch(rows: int) -> int:
    """About sqrt(2 rows), a power of two from 16 to 1024, no more than there are rows."""
    power = 2 ** round(math.log2(max(rows, 1)) / 2 + 0.5)
    return max(1, min(max(16, min(1024, power)), rows))


def _optimizer(recipe: OptimizerRecipe) -> OptimizerRecipe:
    kind = "adamw" if recipe.kind == "auto" else recipe.kind
    rate = RATES.get(kind, 0.0) if recipe.rate == "auto" else recipe.rate
    decay = WEIGHT_DECAYS.get(kind, 0.0) if recipe.weight_decay == "auto" else recipe.weight_decay
    return recipe.model_copy(update={"kind": kind, "rate": rate, "weight_decay": decay})


def _schedule(recipe: ScheduleRecipe) -> ScheduleRecipe:
    if recipe.kind != "auto":
        return recipe
    return recipe.model_copy(update={"kind": "cosine", "factor": 0.01, "warmup": recipe.warmup or 0.05})
