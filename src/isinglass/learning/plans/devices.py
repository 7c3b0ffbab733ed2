"""Which accelerators a recipe means, and which there are."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from isinglass.errors import RecipeError
from isinglass.recipe import LearningRecipe

ACCELERATORS = ("cuda", "xpu")
"""Kinds of devices that are looked for."""


def devices_of(recipe: LearningRecipe) -> tuple[str, ...]:
    """The accelerators of `learning.device`, by torch's names: for "auto" those that there are, for "cpu" none.

    Raises:
        RecipeError: it names what is no device, or one that is not there.
    """
    if recipe.device == "cpu":
        return ()
    if recipe.device == "auto":
        return next((there for kind in ACCELERATORS if (there := _all(kind))), ())
    return tuple(dict.fromkeys(name for part in recipe.device.split(",") for name in _named(part.strip())))


def names_of(devices: Sequence[str]) -> list[str]:
    """What their makers call them, where that is known."""
    ask = (getattr(torch.get_device_module(name), "get_device_name", str) for name in devices)
    return [f"{name} {named(name)}" for name, named in zip(devices, ask, strict=True)]


def let_go(devices: Sequence[str]) -> None:
    """Give back what they keep of freed memory."""
    for kind in {torch.device(name).type for name in devices}:
        getattr(torch.get_device_module(kind), "empty_cache", lambda: None)()


def absent(devices: Sequence[str]) -> list[str]:
    """Those that are not here."""
    return [name for name in devices if name not in _all(torch.device(name).type)]


def _named(name: str) -> tuple[str, ...]:
    """`cuda:1`, or all of a kind."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise _unknown(name, "no such device") from None
    there = _all(device.type)
    if device.index is None and there:
        return there
    if name not in there:
        raise _unknown(name, "there is no such device here")
    return (name,)


def found() -> list[str]:
    """All accelerators here."""
    return [name for kind in ACCELERATORS for name in _all(kind)]


def _all(kind: str) -> tuple[str, ...]:
    if kind in ("cpu", "mps"):  # Apple's know no float64, in which losses are summed
        return ()
    try:
        module = torch.get_device_module(kind)
        count = module.device_count() if module.is_available() else 0
    except (RuntimeError, AttributeError):  # a kind without a module, as "meta"
        return ()
    return tuple(f"{kind}:{place}" for place in range(count))


def _unknown(name: str, what: str) -> RecipeError:
    return RecipeError(
        what,
        where="learning.device",
        given=name,
        allowed=["auto", "cpu", *found()],
        instead="isinglass doctor lists the devices." if found() else "this machine, or this build of torch, has none.",
    )
