"""What 'auto' means for the learning process: one small table, all in one place."""

from __future__ import annotations

import math
from typing import Literal

from isinglass.recipe import LearningRecipe, OptimizerRecipe, ScheduleRecipe

# AdamW's rate, the decay, the schedule and the number of steps were chosen on out-of-bag and held-out rows of training
# parts of the UCI sets concrete, energy, power-plant and wine, and by cross-validation on small class sets.
RATES = {
    "sgd": 0.02,
    "rmsprop": 1e-3,
    "adagrad": 0.02,
    "adam": 3e-3,
    "adamw": 1e-2,
    "muon": 0.02,
    "perceptron": 1.0,
    "lbfgs": 1.0,
}
"""AdamW: half of it costs concrete 2 to 5 % RMSE, twice of it costs concrete and energy likelihood."""
WEIGHT_DECAYS = {"adamw": 0.01, "muon": 0.01}
"""0.1 is no better; 0.3 costs energy and concrete 5 % RMSE."""
WARMUP = 0.2
"""Part of all steps. Noisy targets are learnt within the first epochs: with the full rate from the start members stop
at their third epoch (wine: log likelihood of out-of-bag rows -0.995 instead of -0.967)."""
PATIENCE = 0.3
"""Part of all epochs. With much less, chance stops some members while the rate is still high."""
END = 0.01
"""Last factor of the cosine."""
SMALL = 200
"""Members that train on fewer rows take full batches in float64: a row of weight 2 is then exactly two rows."""
SMALL_STEPS = 300
FULL = ("lbfgs", "closed_form", "perceptron")
"""Kinds that know no mini-batches."""
STEPS = 8000
"""Optimizer steps of a whole run, where epochs are free. With 3000 the RMSE on held-out rows is 4 % larger for
power-plant, 13 % for energy; with more it goes on falling slowly, at a price."""
MOST_EPOCHS = 250


def resolve(recipe: LearningRecipe, rows: int) -> LearningRecipe:
    """The recipe with every 'auto' but plan, device and mostly precision replaced by a value.

    Args:
        recipe: the `[learning]` table.
        rows: that a member nominally trains on.
    """
    optimizer = _optimizer(recipe.optimizer)
    batch = _batch(rows) if recipe.batch == "auto" else recipe.batch
    # More than all rows would be some of them twice in every step.
    batch = min(batch, rows) if isinstance(batch, int) else batch
    batch = "full" if optimizer.kind in FULL else batch
    per_epoch = steps_per_epoch(rows, batch)
    epochs = _epochs(optimizer.kind, per_epoch) if recipe.epochs == "auto" else recipe.epochs
    patience = max(10, round(PATIENCE * epochs)) if recipe.patience == "auto" else recipe.patience
    changes = {"batch": batch, "epochs": epochs, "patience": patience, "optimizer": optimizer}
    changes["precision"] = _precision(recipe, batch)
    return recipe.model_copy(update=changes | {"schedule": _schedule(recipe.schedule)})


def steps_per_epoch(rows: int, batch: int | str) -> int:
    """ceil(rows / batch); 1 for full batches."""
    return math.ceil(rows / batch) if isinstance(batch, int) else 1


def _epochs(kind: str, per_epoch: int) -> int:
    if kind == "closed_form":
        return 1
    if per_epoch == 1:
        return SMALL_STEPS
    return max(1, min(MOST_EPOCHS, round(STEPS / per_epoch)))


def _batch(rows: int) -> int | Literal["full"]:
    """All of few rows; else about sqrt(2 rows), a power of two up to 1024."""
    if rows < SMALL:
        return "full"
    return min(1024, 2 ** round(math.log2(rows) / 2 + 0.5))


def _precision(recipe: LearningRecipe, batch: int | str) -> str:
    small = recipe.batch == "auto" and batch == "full"
    return "float64" if recipe.precision == "auto" and small else recipe.precision


def _optimizer(recipe: OptimizerRecipe) -> OptimizerRecipe:
    kind = "adamw" if recipe.kind == "auto" else recipe.kind
    rate = RATES.get(kind, 0.0) if recipe.rate == "auto" else recipe.rate
    decay = WEIGHT_DECAYS.get(kind, 0.0) if recipe.weight_decay == "auto" else recipe.weight_decay
    return recipe.model_copy(update={"kind": kind, "rate": rate, "weight_decay": decay})


def _schedule(recipe: ScheduleRecipe) -> ScheduleRecipe:
    if recipe.kind != "auto":
        return recipe
    return recipe.model_copy(update={"kind": "cosine", "factor": END, "warmup": recipe.warmup or WARMUP})
