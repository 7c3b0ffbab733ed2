"""The stages of a machine, from the input to the head: what is frozen together or learns at one rate."""

from __future__ import annotations

from torch import nn

Stages = tuple[tuple[str, ...], ...]


def stages_of(machine: nn.Module) -> Stages:
    """The machine's own `stages`: tuples of starts of names, from the input to the head.

    Of a machine without them every child with parameters is one.
    """
    own = getattr(machine, "stages", None)
    if isinstance(own, tuple):
        return own
    return tuple((name,) for name, child in machine.named_children() if any(True for _ in child.parameters()))


def head_of(machine: nn.Module) -> str:
    """The dotted name of the last layer with weights: what is replaced for other classes."""
    own = getattr(machine, "head", None)
    if isinstance(own, str):
        return own
    names = [name for name, layer in machine.named_modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
    return names[-1] if names else ""


def heads_of(machine: nn.Module) -> tuple[str, ...]:
    """The names of all layers that answer: the head, and auxiliary ones beside it."""
    own = getattr(machine, "heads", None)
    return own if isinstance(own, tuple) else (head_of(machine),)


def belongs(name: str, prefix: str) -> bool:
    """Whether a parameter or buffer lies in a layer: `layer1.0.bn1.weight` does in `layer1`, not in `layer10`."""
    return name == prefix or name.startswith(f"{prefix}.")


def stage_of(name: str, stages: Stages) -> int:
    """The index of a parameter's stage. One that no stage names, a normalization say, goes with the last stage whose
    prefix comes before it among its siblings; 0 where there is none."""
    for index, prefixes in enumerate(stages):
        if any(belongs(name, prefix) for prefix in prefixes):
            return index
    return max((i for i, prefixes in enumerate(stages) if any(_before(p, name) for p in prefixes)), default=0)


def _before(prefix: str, name: str) -> bool:
    """`features.0` is before `features.1.weight`: same parent, smaller number."""
    parent, _, last = prefix.rpartition(".")
    rest = name.removeprefix(f"{parent}.") if parent else name
    place = rest.split(".")[0]
    inside = not parent or name.startswith(f"{parent}.")
    return inside and last.isdigit() and place.isdigit() and int(last) < int(place)
