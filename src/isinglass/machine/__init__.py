"""y = M(x, theta): what can be learnt. `build` makes one network, without a member axis."""

from __future__ import annotations

import difflib
from collections.abc import Callable

from torch import nn

from isinglass.errors import MachineError
from isinglass.machine.custom import OwnFactory, custom
from isinglass.machine.custom import from_factory as from_factory
from isinglass.machine.custom import from_module as from_module
from isinglass.machine.defaults import UNCLIPPED as UNCLIPPED
from isinglass.machine.defaults import resolve as resolve
from isinglass.machine.image.alexnet import alexnet, alexnet_2012
from isinglass.machine.image.cifar_resnet import CIFAR_RESNETS
from isinglass.machine.image.cnn import cnn
from isinglass.machine.image.googlenet import googlenet
from isinglass.machine.image.lenet import lenet5, lenet5_1998
from isinglass.machine.image.resnet import RESNETS
from isinglass.machine.image.shape_check import fitted
from isinglass.machine.image.speedrun import fast, fast_grey
from isinglass.machine.image.unet import autoice_unet, unet, unet_2015
from isinglass.machine.options import NoOptions, read_options
from isinglass.machine.stages import head_of, stages_of
from isinglass.machine.tabular.linear import linear, perceptron, polynomial
from isinglass.machine.tabular.mlp import mlp
from isinglass.machine.tabular.monotonic import monotonic, require_monotonic
from isinglass.recipe import MachineRecipe
from isinglass.spec import FEATURES, PIXELS, Shape, Task

Factory = Callable[..., nn.Module]
"""`factory(recipe, shape, *, seed) -> module`; the recipe has no 'auto' left."""

Own = nn.Module | OwnFactory
"""A machine given in Python: see `machine.custom`."""

SEGMENTERS: dict[str, Factory] = {
    "unet": unet,
    "unet_2015": unet_2015,
    "autoice_unet": autoice_unet,
}
"""For images; a raw output for each pixel."""

IMAGE_MACHINES: dict[str, Factory] = {
    "cnn": cnn,
    "lenet5": lenet5,
    "lenet5_1998": lenet5_1998,
    "alexnet": alexnet,
    "alexnet_2012": alexnet_2012,
    "googlenet": googlenet,
    **RESNETS,
    **CIFAR_RESNETS,
    "fast": fast,
    "fast_grey": fast_grey,
}
"""For images; raw outputs for the whole image."""

COMBINED = "combined"
"""MLPs whose answers are combined with those of conventional methods (see `inference.combination`)."""

MACHINES: dict[str, Factory] = {
    "linear": linear,
    "polynomial": polynomial,
    "perceptron": perceptron,
    "mlp": mlp,
    COMBINED: mlp,
    "monotonic": monotonic,
    "custom": custom,
    **IMAGE_MACHINES,
    **SEGMENTERS,
}


TAKES: dict[str, tuple[str, ...]] = {**dict.fromkeys({**IMAGE_MACHINES, **SEGMENTERS}, PIXELS), COMBINED: FEATURES}
"""The axes of a sample that a machine is for; the others take any."""

CALLED = {FEATURES: "a table", PIXELS: "images"}
"""What an error calls samples of such axes."""


WITHOUT_OPTIONS = frozenset(MACHINES) - {"mlp", COMBINED, "monotonic", "custom", "cnn", "alexnet_2012", "googlenet"}


def build(
    recipe: MachineRecipe, shape: Shape, *, seed: int, task: Task = Task.REGRESSION, own: Own | None = None
) -> nn.Module:
    """One network with initial weights.

    Args:
        recipe: the `[machine]` table; every 'auto' is resolved by `machine.defaults`.
        shape: inputs, cardinalities of the code features (the last columns) and raw outputs.
        seed: of the initial weights; the same seed gives the same bits.
        task: what an 'auto' of the recipe is resolved for.
        own: a module, or a function that makes one, which takes the place of the recipe's factory.

    Returns:
        A module that maps scaled inputs `[batch, feature]`, or `[batch, channel, height, width]` for images, to raw
        outputs `[batch, width]`, or `[batch, width, height, width]` for segmentation.

    Raises:
        MachineError: for a setting with which the machine cannot be built.
    """
    recipe = resolve(recipe, shape, task=task)
    if recipe.kind not in MACHINES:
        near = difflib.get_close_matches(recipe.kind, MACHINES, n=1)
        cure = f"did you mean '{near[0]}'?" if near else None
        raise MachineError("unknown machine", where="machine.kind", given=recipe.kind, allowed=MACHINES, instead=cure)
    if shape.features < 1 or shape.outputs < 1:
        raise MachineError("a machine has one input and one output at least", given=shape)
    if isinstance(own, nn.Module):
        return from_module(own, shape, seed=seed)
    if own is not None:
        return from_factory(own, shape, seed=seed, options=recipe.options)
    _suits(recipe.kind, shape, task)
    require_monotonic(recipe)
    if recipe.kind in WITHOUT_OPTIONS:
        read_options(recipe, NoOptions)
    machine = MACHINES[recipe.kind](recipe, shape, seed=seed)
    return machine if shape.spec.flat else _staged(machine, recipe.kind, shape)


def classes_of(kind: str) -> Task:
    """What a machine does with classes: one for a sample, or one at every place."""
    return dict.fromkeys(SEGMENTERS, Task.SEGMENTATION).get(kind, Task.CLASSIFICATION)


def _suits(kind: str, shape: Shape, task: Task) -> None:
    """Refuse a machine on samples of other axes, one for masks on classes, and the other way round."""
    if kind == "monotonic" and task is Task.CLASSIFICATION:
        raise MachineError("the probabilities of classes sum to one: they cannot all rise", where="machine.kind",
                           given=kind, instead="a numeric target, or labels (task = 'multilabel')")  # fmt: skip
    dims = shape.spec.dims
    data, segments = CALLED.get(dims, f"samples [{', '.join(dims)}]"), task.mapped
    if kind == COMBINED and TAKES[kind] != dims:
        raise MachineError("conventional methods are combined with networks for tables only", where="machine.kind",
                           given=f"'{kind}' for {data}", instead="kind = 'auto'")  # fmt: skip
    if TAKES.get(kind, dims) != dims:
        given, allowed = f"'{kind}' for {data}", [k for k in MACHINES if TAKES.get(k, dims) == dims]
    elif segments != (kind in SEGMENTERS) and kind != "custom":
        given = f"'{kind}' for {'masks' if segments else 'one answer an image'}"
        allowed = list(SEGMENTERS) if segments else [k for k in MACHINES if k not in SEGMENTERS]
    else:
        return
    raise MachineError("this machine does not suit the data", where="machine.kind", given=given, allowed=allowed)


def _staged(machine: nn.Module, kind: str, shape: Shape) -> nn.Module:
    """Checked to take samples of this size; with `stages` and `head`."""
    fitted(machine, shape.sizes, kind=kind)
    told = {"stages": stages_of(machine), "head": head_of(machine)}
    machine.__dict__.update({name: value for name, value in told.items() if not hasattr(machine, name)})
    return machine
