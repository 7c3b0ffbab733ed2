"""What 'auto' means for a machine: one small table, all in one place."""

from __future__ import annotations

from dataclasses import dataclass

from isinglass.errors import MachineError
from isinglass.recipe import MachineRecipe
from isinglass.types import Shape

HIDDEN = (64, 64)
ACTIVATION = "relu"
DROPOUT = 0.0
NUMERIC_EMBEDDING = "none"

UNCLIPPED = frozenset({"linear", "polynomial", "perceptron"})
"""Machines whose meaning is tied to the inputs themselves: features should be scaled but not softly clipped."""


@dataclass(frozen=True)
class EmbeddingOptions:
    """Numeric embeddings, set by `machine.options`.

    Args:
        variant: of periodic embeddings, `pbld` or `plr`.
        frequencies: waves a feature.
        sigma: spread of the initial frequencies.
        bins: intervals of piecewise-linear embeddings.
        width: numbers a feature in the output.

    The periodic defaults are RealMLP's (arXiv:2407.04491, table A.1).
    """

    variant: str = "pbld"
    frequencies: int = 16
    sigma: float = 0.1
    bins: int = 16
    width: int = 4


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
    """Width of a categorical embedding: four times the fourth root of the cardinality, 2 to 16."""
    return max(2, min(16, round(4 * cardinality**0.25)))


def embedding_options(recipe: MachineRecipe) -> EmbeddingOptions:
    """The options of the numeric embedding. Raises MachineError for an unknown one."""
    known = EmbeddingOptions.__dataclass_fields__
    unknown = [key for key in recipe.options if key not in known]
    if unknown:
        raise MachineError("unknown option", where="machine.options", given=unknown[0], allowed=known)
    options = EmbeddingOptions(**recipe.options)
    if options.variant not in ("pbld", "plr"):
        raise _refused("variant", options.variant, "pbld, plr")
    if not isinstance(options.sigma, (int, float)) or not options.sigma > 0:
        raise _refused("sigma", options.sigma, "a number above 0")
    for key in ("frequencies", "bins", "width"):
        value = getattr(options, key)
        if not isinstance(value, int) or value < 1:
            raise _refused(key, value, "a whole number above 0")
    return options


def _refused(key: str, given: object, allowed: str) -> MachineError:
    return MachineError("this value cannot be used", where=f"machine.options.{key}", given=given, allowed=allowed)
