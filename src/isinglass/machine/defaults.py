"""What 'auto' means for a machine: one small table, all in one place."""

from __future__ import annotations

from dataclasses import dataclass

from isinglass.errors import MachineError
from isinglass.recipe import MachineRecipe
from isinglass.spec import Shape, Task

# Chosen on out-of-bag and held-out rows of training parts of the UCI sets concrete, energy, power-plant and wine
# (16 or 8 members, 2 to 8 of the published splits) and by cross-validation on scikit-learn's class sets; never on the
# published test rows. `benchmarks/uci.py` measures the result on these.
HIDDEN = (64, 64)
"""128-128 gains 0 to 2 % RMSE for twice the time; a third layer 0 (concrete) to 5 % (energy, power-plant) for half as
much again, but no likelihood; 32-32 loses 0 to 3 %."""
ACTIVATION = "silu"
"""Energy's RMSE is 8 % below ReLU's, concrete's 3 %; Mish is equal, SELU and tanh are worse."""
DROPOUT = {Task.REGRESSION: 0.0, Task.CLASSIFICATION: 0.2, Task.MULTILABEL: 0.2}
"""Ensembles of regressors gain nothing from it; class probabilities do (log loss of digits -24 %, cancer -12 %)."""
NUMERIC_EMBEDDING = {Task.REGRESSION: "periodic"}
"""Of regressions alone. Waves lower the RMSE of concrete from 5.3 to 4.4 and of energy from 0.57 to 0.42; on small
class sets they over-fit (log loss of penguins 0.039 instead of 0.013)."""
MOST_EMBEDDED = 32
"""Numeric features; of more, each is met by too few rows' worth of evidence, and the first layer becomes the cost."""

FILTERS = {
    "cnn": (32, 64),
    "fast": (32, 64, 128),
    "fast_grey": (16, 32, 48),
    "unet": (16, 32, 64, 64),
    "autoice_unet": (16, 32, 64, 64),
    "unet_2015": (64, 128, 256, 512, 1024),
}
"""Channels of each stage: the lectures' network, the AI4Arctic baseline's, the paper's."""
LEAST_SIDE, GREY_SIDE, MOST_SIDE = 12, 40, 96
"""Pixels of the shorter side that the fast networks' poolings need; of the longer one: up to which images of one
channel are like digits, and from which a network must shrink them first, as ResNets do."""
IMAGE_HIDDEN = (128,)
IMAGE_ACTIVATION = "relu"
IMAGE_DROPOUT = {"mlp": 0.2, "cnn": 0.2, "alexnet": 0.5, "alexnet_2012": 0.5, "googlenet": 0.2}
"""As published for the classic ones; the others have none."""

PUBLISHED = ("resnet", "cifar_resnet", "googlenet", "alexnet")
"""Starts of the names of machines whose weights in circulation were trained on pixels scaled by ImageNet's mean and
spread: torchvision's, and akamaster's for CIFAR-10."""

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
    """The recipe with every 'auto' replaced by a value that suits the task."""
    changes: dict[str, object] = {}
    if recipe.kind == "auto":
        changes["kind"] = _kind(shape, task)
    kind = str(changes.get("kind", recipe.kind))
    if recipe.filters == "auto":
        changes["filters"] = FILTERS.get(kind, ())
    if recipe.hidden == "auto":
        changes["hidden"] = IMAGE_HIDDEN if kind == "cnn" else HIDDEN
    if recipe.activation == "auto":
        changes["activation"] = ACTIVATION if shape.image is None else IMAGE_ACTIVATION
    if recipe.dropout == "auto":
        changes["dropout"] = IMAGE_DROPOUT.get(kind, 0.0) if shape.image else DROPOUT.get(task, 0.0)
    if recipe.scaling == "auto":
        changes["scaling"] = _scaling(recipe.start, kind, shape)
    if recipe.numeric_embedding == "auto":
        few = shape.image is None and shape.features - len(shape.cardinalities) <= MOST_EMBEDDED
        changes["numeric_embedding"] = NUMERIC_EMBEDDING.get(task, "none") if few else "none"
    if recipe.embedding == 0 and shape.cardinalities:
        changes["embedding"] = embedding_width(max(shape.cardinalities))
    return recipe.model_copy(update=changes)


def _scaling(start: str, kind: str, shape: Shape) -> str:
    """As the weights of a start were trained, where that is known."""
    if start.lower().endswith(".isinglass"):
        return "start"
    colours = shape.image is not None and shape.image[0] == 3
    return "imagenet" if start and colours and kind.startswith(PUBLISHED) else "own"


def _kind(shape: Shape, task: Task) -> str:
    """An MLP for tables; for images the quickest network that suits their size."""
    if shape.image is None:
        return "mlp"
    if task is Task.SEGMENTATION:
        return "unet"
    channels, *sides = shape.image
    if min(sides) < LEAST_SIDE:
        return "cnn"
    if max(sides) > MOST_SIDE:
        return "resnet18"
    return "fast_grey" if channels == 1 and max(sides) <= GREY_SIDE else "fast"


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
