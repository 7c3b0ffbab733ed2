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
from isinglass.machine.linear import linear, perceptron, polynomial
from isinglass.machine.mlp import mlp
from isinglass.recipe import MachineRecipe
from isinglass.types import Shape, Task

Factory = Callable[..., nn.Module]
"""`factory(recipe, shape, *, seed) -> module`; the recipe has no 'auto' left."""

Own = nn.Module | OwnFactory
"""A machine given in Python: see `machine.custom`."""

MACHINES: dict[str, Factory] = {
    "linear": linear,
    "polynomial": polynomial,
    "perceptron": perceptron,
    "mlp": mlp,
    "custom": custom,
}


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
        A module that maps scaled inputs `[batch, feature]` to raw outputs `[batch, width]`.

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
    return MACHINES[recipe.kind](recipe, shape, seed=seed)
