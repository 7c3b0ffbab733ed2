"""What 'auto' means for a machine: what depends on the axes of a sample is in `tabular` and `image`."""

from __future__ import annotations

from dataclasses import dataclass

from isinglass.errors import MachineError
from isinglass.machine.image import defaults as image
from isinglass.machine.tabular import defaults as tabular
from isinglass.machine.usual import Usual
from isinglass.recipe import MachineRecipe
from isinglass.spec import FEATURES, PIXELS, Shape, Task

USUAL: dict[tuple[str, ...], Usual] = {FEATURES: tabular.USUAL, PIXELS: image.USUAL}
"""By the axes of a sample."""

HIDDEN = (64, 64)
"""128-128 gains 0 to 2 % RMSE for twice the time; a third layer 0 (concrete) to 5 % (energy, power-plant) for half as
much again, but no likelihood; 32-32 loses 0 to 3 %."""

FILTERS = {
    "cnn": (32, 64),
    "fast": (32, 64, 128),
    "fast_grey": (16, 32, 48),
    "unet": (16, 32, 64, 64),
    "autoice_unet": (16, 32, 64, 64),
    "unet_2015": (64, 128, 256, 512, 1024),
}
"""Channels of each stage: the lectures' network, the AI4Arctic baseline's, the paper's."""
IMAGE_HIDDEN = (128,)

UNCLIPPED = frozenset({"linear", "polynomial", "perceptron"})
"""Machines whose meaning is tied to the inputs themselves: features should be scaled but not softly clipped."""


@dataclass(frozen=True)
class EmbeddingOptions:
    """Numeric embeddings, set by `machine.options`.

    Args:
        variant: of periodic embeddings, `pbld` or `plr`.
        frequencies: waves a feature.
        sigma: spread of the fastest initial frequencies, in cycles a quartile range.
        slowest: spread of the slowest, as a part of sigma; those between form a geometric ladder.
        bins: intervals of piecewise-linear embeddings.
        width: numbers a feature in the output.

    Form, frequencies and width are RealMLP's (arXiv:2407.04491, table A.1); its single sigma of 0.1 is too slow here
    (concrete: RMSE 5.06, of 1: 4.52, both with ReLU). A single sigma of 1 over-fits noisy or smooth small sets (wine,
    out of bag: 0.652, with the ladder 0.644; 200 rows of friedman: 0.318 and 0.288 standard deviations).
    """

    variant: str = "pbld"
    frequencies: int = 16
    sigma: float = 1.0
    slowest: float = 0.1
    bins: int = 16
    width: int = 4


def resolve(recipe: MachineRecipe, shape: Shape, *, task: Task = Task.REGRESSION) -> MachineRecipe:
    """The recipe with every 'auto' replaced by a value that suits the task.

    Raises:
        MachineError: for samples of axes that no machine is usual for.
    """
    usual = USUAL.get(shape.spec.dims)
    if usual is None:
        axes = [", ".join(dims) for dims in USUAL]
        raise MachineError("no machine is usual for such samples", given=", ".join(shape.spec.dims), allowed=axes)
    changes: dict[str, object] = {}
    if recipe.kind == "auto":
        changes["kind"] = usual.kind(shape, task)
    kind = str(changes.get("kind", recipe.kind))
    if recipe.filters == "auto":
        changes["filters"] = FILTERS.get(kind, ())
    if recipe.hidden == "auto":
        changes["hidden"] = IMAGE_HIDDEN if kind == "cnn" else HIDDEN
    if recipe.activation == "auto":
        changes["activation"] = usual.activation
    if recipe.dropout == "auto":
        changes["dropout"] = usual.dropout(kind, task)
    if recipe.scaling == "auto":
        changes["scaling"] = _scaling(recipe.start, usual.scaling(kind, shape))
    if recipe.numeric_embedding == "auto":
        changes["numeric_embedding"] = usual.embedding(shape, task)
    if recipe.embedding == 0 and shape.cardinalities:
        changes["embedding"] = embedding_width(max(shape.cardinalities))
    return recipe.model_copy(update=changes)


def _scaling(start: str, known: str) -> str:
    """As the weights of a start were trained, where that is known."""
    if start.lower().endswith(".isinglass"):
        return "start"
    return known if start else "own"


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
    if not isinstance(options.slowest, (int, float)) or not 0 < options.slowest <= 1:
        raise _refused("slowest", options.slowest, "a number above 0, at most 1")
    for key in ("frequencies", "bins", "width"):
        value = getattr(options, key)
        if not isinstance(value, int) or value < 1:
            raise _refused(key, value, "a whole number above 0")
    return options


def _refused(key: str, given: object, allowed: str) -> MachineError:
    return MachineError("this value cannot be used", where=f"machine.options.{key}", given=given, allowed=allowed)
