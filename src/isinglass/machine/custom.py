"""Your own machine: a function 'module:function' that makes one, or a module given in Python."""

from __future__ import annotations

import copy
import importlib
import traceback
from collections.abc import Callable

import torch
from torch import nn

from isinglass.errors import MachineError
from isinglass.machine.layers import Dropout
from isinglass.recipe import MachineRecipe
from isinglass.spec import PIXELS, Shape

WHERE = "machine.factory"
NAMED = {PIXELS: "image"}
"""What a factory knows the sizes of samples of such axes by."""
OwnFactory = Callable[..., object]


def custom(recipe: MachineRecipe, shape: Shape, *, seed: int) -> nn.Module:
    """The machine of `recipe.factory`, called as `function(features, outputs, **recipe.options)`.

    Where the table has code features, `cardinalities` is passed too; for images `image = (channel, height, width)`, for
    other samples of several axes `sizes`.
    The function may use torch's global generator: it is seeded for the call and restored after it.

    Raises:
        MachineError: where the function is not found, returns no module, or its module does not map
            `[batch, features]` (or `[batch, channel, height, width]`) to `[batch, outputs]`, or to a map of them.
    """
    return from_factory(_find(recipe.factory), shape, seed=seed, options=recipe.options)


def from_factory(
    factory: OwnFactory, shape: Shape, *, seed: int, options: dict[str, object] | None = None
) -> nn.Module:
    """As `custom`, for a function at hand."""
    codes: dict[str, object] = {"cardinalities": shape.cardinalities} if shape.cardinalities else {}
    codes |= {} if shape.spec.flat else {NAMED.get(shape.spec.dims, "sizes"): shape.sizes}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            machine = factory(shape.features, shape.outputs, **codes, **(options or {}))
        except TypeError as error:
            raise MachineError(
                f"the factory cannot be called: {error}",
                where=WHERE,
                instead="def factory(features, outputs, **options): ... that returns a torch.nn.Module",
            ) from error
        except Exception as error:  # a fault of the user's own: where it is helps more than Python's account of it
            place = traceback.extract_tb(error.__traceback__)[-1]
            raise MachineError(
                f"the factory raised {type(error).__name__} in {place.filename}, line {place.lineno}: {error}",
                where=WHERE,
            ) from error
    return _accepted(machine, shape)


def from_module(module: nn.Module, shape: Shape, *, seed: int) -> nn.Module:
    """A copy of a module with new initial weights, from `reset_parameters` of each of its layers that has it.

    Parameters that belong to a module without `reset_parameters` keep their values, the same in every member.
    """
    machine = copy.deepcopy(module)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in machine.modules():
            reset = getattr(layer, "reset_parameters", None)
            if callable(reset):
                reset()
    return _accepted(machine, shape)


def _find(path: str) -> OwnFactory:
    module_name, _, name = path.partition(":")
    if not module_name or not name:
        raise MachineError(
            "a machine of your own needs a factory", where=WHERE, given=repr(path), instead="'package.module:function'"
        )
    try:
        found = getattr(importlib.import_module(module_name), name)
    except (ImportError, AttributeError) as error:
        cure = "a module on Python's path (PYTHONPATH) and a function in it"
        raise MachineError(f"the factory is not found: {error}", where=WHERE, given=path, instead=cure) from None
    if not callable(found):
        raise MachineError("the factory is not a function", where=WHERE, given=path)
    return found


def _accepted(machine: object, shape: Shape) -> nn.Module:
    if not isinstance(machine, nn.Module):
        raise MachineError(
            "the factory returned no machine", where=WHERE, given=type(machine).__name__, allowed="a torch.nn.Module"
        )
    machine = _with_own_dropout(machine)
    _probe(machine, shape)
    return machine


def _with_own_dropout(machine: nn.Module) -> nn.Module:
    """torch's Dropout draws from the global generator: ours gives each member the same masks in every plan."""
    for name, layer in machine.named_modules():
        if name and type(layer) is nn.Dropout and layer.p < 1:
            path, _, last = name.rpartition(".")
            setattr(machine.get_submodule(path), last, Dropout(layer.p))
    return machine


def _probe(machine: nn.Module, shape: Shape) -> None:
    mode = machine.training
    inputs = shape.sizes
    dtype = next((p.dtype for p in machine.parameters()), torch.float32)
    try:
        with torch.no_grad():
            output = machine.eval()(torch.zeros(2, *inputs, dtype=dtype))
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        raise MachineError(
            f"the machine does not accept inputs of shape [batch, {', '.join(map(str, inputs))}]: {error}", where=WHERE
        ) from error
    finally:
        machine.train(mode)
    given = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
    if given != (2, shape.outputs) and (shape.spec.flat or given != (2, shape.outputs, *shape.sizes[1:])):
        raise MachineError(
            "the machine's output has the wrong shape for a batch of 2",
            where=WHERE,
            given=given,
            allowed=f"(2, {shape.outputs})",
            instead=f"let the last layer have {shape.outputs} outputs: the loss needs that many",
        )
