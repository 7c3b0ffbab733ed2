"""Parts of theta that learn at their own rate: frozen stages, lower rates for lower stages, matrices for Muon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from torch import nn

from isinglass.errors import MachineError
from isinglass.learning.parameters.flat_params import Layout
from isinglass.machine.stages import belongs, stage_of, stages_of


@dataclass(frozen=True)
class Piece:
    """A stretch of theta.

    Attributes:
        start, stop: where it lies.
        factor: of the learning rate.
        frozen: whether it is not trained before the stages are thawed.
        shape: (rows, columns) of a weight that an optimizer treats as a matrix; () for others.
    """

    start: int
    stop: int
    factor: float = 1.0
    frozen: bool = False
    shape: tuple[int, ...] = ()


def pieces_of(
    machine: nn.Module, layout: Layout, *, frozen: tuple[str, ...], decay: float, matrices: bool
) -> tuple[Piece, ...]:
    """Theta in pieces; none where all of it learns alike.

    Args:
        machine: for its stages.
        layout: of theta.
        frozen: starts of the names of stages that are not trained.
        decay: factor of the rate from a stage to the one below it.
        matrices: whether each weight is a piece by itself.

    Raises:
        MachineError: for a start of names that no parameter has, or where nothing is left to train.
    """
    if not (frozen or matrices or decay != 1.0):
        return ()
    _require(layout, frozen)
    stages = stages_of(machine)
    last = max(len(stages) - 1, 0)
    singles = [
        Piece(
            slot.offset,
            slot.end,
            decay ** (last - stage_of(slot.name, stages)) if stages else 1.0,
            is_frozen(slot.name, frozen),
            (slot.shape[0], slot.size // slot.shape[0]) if matrices and slot.is_weight else (),
        )
        for slot in layout.slots
    ]
    return tuple(_joined(singles))


def is_frozen(name: str, frozen: tuple[str, ...]) -> bool:
    """Whether a parameter or layer lies in a frozen stage."""
    return any(belongs(name, prefix) for prefix in frozen)


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Neighbours that learn alike are one piece; matrices stay alone."""
    for key, group in groupby(enumerate(pieces), key=lambda p: (p[1].factor, p[1].frozen, p[0] if p[1].shape else -1)):
        parts = [piece for _, piece in group]
        yield Piece(parts[0].start, parts[-1].stop, key[0], key[1], parts[0].shape)


def _require(layout: Layout, frozen: tuple[str, ...]) -> None:
    names = [slot.name for slot in layout.slots]
    heads = list(dict.fromkeys(name.split(".")[0] for name in names))
    for prefix in frozen:
        if not any(belongs(name, prefix) for name in names):
            raise MachineError("no stage has this name", where="machine.freeze", given=prefix, allowed=heads)
    if frozen and all(is_frozen(name, frozen) for name in names):
        raise MachineError(
            "nothing is left to train", where="machine.freeze", given=list(frozen), instead="leave the last stage out"
        )
