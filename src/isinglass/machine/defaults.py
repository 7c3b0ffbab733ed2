"""What 'auto' means for a machine: one small table, all in one place."""

from __future__ import annotations

from isinglass.recipe import MachineRecipe
from isinglass.types import Shape

HIDDEN = (64, 64)
ACTIVATION = "relu"
DROPOUT = 0.0
NUMERIC_EMBEDDING = "none"


def resolve(recipe: MachineRecipe, shape: Shape) -> MachineRecipe:
    """The recipe with every 'auto' replaced by a value."""
    changes: dict[str, object] = {}
    if recipe.hidden == "auto":
        changes["hidden"] = HIDDEN
    if recipe.activation == "auto":
        changes["activation"] = ACTIVATION
    if recipe.dropout == "auto":
        changes["dropout"] = DROPOUT
    if recipe.numeric_embedding == "auto":
        changes["numeric_embedding"] = NUMERIC_EMBEDDING
    if recipe.embedding == 0 and shape.cardinalities:
        changes["embedding"] = embedding_width(max(shape.cardinalities))
    return recipe.model_copy(update=changes)


def embedding_width(cardinality: int) -> int:
    """Width of a categorical embedding: the fourth root of the cardinality times four, 2 to 16."""
    return max(2, min(16, round(4 * cardinality**0.25)))
