"""What 'auto' means for the learning process of images: one small table, all in one place."""

from __future__ import annotations

from isinglass.recipe import LearningRecipe

RATES = {"adamw": 2e-3, "adam": 2e-3, "sgd": 0.05, "muon": 0.02}
WEIGHT_DECAYS = {"adamw": 0.05, "sgd": 5e-4, "muon": 0.05}
SHOWN = 400_000
"""Images shown to a network in a whole run, where epochs are free."""
EPOCHS = (4, 60)
"""Fewest and most."""
BATCHES = ((2_000, 32), (20_000, 64))
"""Up to so many images, batches of so many; more take 128."""
WARMUP = 0.2


def learning_of_images(recipe: LearningRecipe, rows: int) -> LearningRecipe:
    """The `[learning]` table with a value for every 'auto' that is another for images than for rows of a table."""
    optimizer = recipe.optimizer
    kind = "adamw" if optimizer.kind == "auto" else optimizer.kind
    rate = RATES.get(kind, "auto") if optimizer.rate == "auto" else optimizer.rate
    decay = WEIGHT_DECAYS.get(kind, 0.0) if optimizer.weight_decay == "auto" else optimizer.weight_decay
    batch = _batch(rows) if recipe.batch == "auto" else recipe.batch
    epochs = min(EPOCHS[1], max(EPOCHS[0], round(SHOWN / rows))) if recipe.epochs == "auto" else recipe.epochs
    schedule = recipe.schedule
    if schedule.kind == "auto":
        schedule = schedule.model_copy(update={"kind": "cosine", "factor": 0.01, "warmup": schedule.warmup or WARMUP})
    changes = {"batch": batch, "epochs": epochs, "schedule": schedule}
    changes["optimizer"] = optimizer.model_copy(update={"kind": kind, "rate": rate, "weight_decay": decay})
    return recipe.model_copy(update=changes)


def _batch(rows: int) -> int:
    return next((batch for most, batch in BATCHES if rows <= most), 128)
