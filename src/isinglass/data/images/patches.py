"""Scenes larger than a machine learns from at once: places of patches on them, and the patches as arrays.

`patches_of` places a regular grid of rectangles on a scene and drops those of which too little is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from isinglass.errors import DataError

VOID = 255

Sides = tuple[int, int]
"""Height and width, pixels."""


@dataclass(frozen=True)
class Patch:
    """Where a patch lies: the place of its scene in a list, and its first row and column."""

    scene: int
    top: int
    left: int


def patches_of(
    scenes: Sequence[tuple[int, int]],
    size: int | Sides,
    *,
    stride: int = 0,
    masks: Sequence[np.ndarray] | None = None,
    known: float = 0.1,
) -> list[Patch]:
    """Places of training patches, scene after scene, row after row.

    Args:
        scenes: height and width of each scene.
        size: side of a patch, or height and width, pixels.
        stride: pixels from patch to patch; 0: the size, so that patches do not overlap. The last row and column end
            with the scene.
        masks: uint8 [head, height, width] of each scene (or memory maps); None: all patches are kept.
        known: the least part of a patch's pixels that is not void in all heads.

    Raises:
        DataError: a scene is smaller than a patch, or no patch is kept.
    """
    sides = _sides(size)
    strides = (stride, stride) if stride else sides
    found = [patch for scene, shape in enumerate(scenes) for patch in _grid(scene, shape, sides, strides)]
    if masks is not None:
        found = [patch for patch in found if _known(masks[patch.scene], patch, sides) >= known]
    if not found:
        raise DataError(
            f"no patch of {sides[0]} x {sides[1]} pixels holds {100 * known:g} % of known pixels",
            where="patches",
            instead="smaller patches, or a lower share of known pixels.",
        )
    return found


def _sides(size: int | Sides) -> Sides:
    return size if isinstance(size, tuple) else (size, size)


def _grid(scene: int, shape: Sides, sides: Sides, strides: Sides) -> Iterator[Patch]:
    _require_room(scene, shape, sides)
    axes = zip(shape, sides, strides, strict=True)
    rows, columns = (sorted({*range(0, length - side, step), length - side}) for length, side, step in axes)
    return (Patch(scene, top, left) for top, left in product(rows, columns))


def _require_room(scene: int, shape: Sides, sides: Sides) -> None:
    if shape[0] < sides[0] or shape[1] < sides[1]:
        raise DataError(
            "the scene is smaller than a patch",
            where=f"scene {scene + 1}",
            given=f"{shape[0]} x {shape[1]} pixels",
            allowed=f"{sides[0]} x {sides[1]} pixels and more",
        )


def _known(mask: np.ndarray, patch: Patch, sides: Sides) -> float:
    part = mask[:, patch.top : patch.top + sides[0], patch.left : patch.left + sides[1]]
    return float((np.asarray(part) != VOID).any(axis=0).mean())


def cut(scenes: Sequence[np.ndarray], patches: Sequence[Patch], size: int | Sides) -> np.ndarray:
    """The patches as one array [patch, channel, height, width], of scenes [channel, height, width] (or masks) of one
    depth that may be memory maps: only the patches are read."""
    first, (high, wide) = scenes[0], _sides(size)
    made = np.empty((len(patches), first.shape[0], high, wide), first.dtype)
    for place, patch in enumerate(patches):
        made[place] = scenes[patch.scene][:, patch.top : patch.top + high, patch.left : patch.left + wide]
    return made


def cells(
    scenes: Sequence[np.ndarray], masks: Sequence[np.ndarray], patch: int
) -> tuple[np.ndarray, np.ndarray, list[Patch]]:
    """Scenes cut once into the rows of a data set: rectangles of two patches a side (less where a scene is smaller),
    in which training finds its patches at random.

    Every pixel of a scene counts once: where the last rectangles of a row or column overlap those before them, their
    masks are void.

    Args:
        scenes: [channel, height, width] each.
        masks: uint8 [head, height, width] each.
        patch: side of a patch, pixels.

    Returns:
        inputs [row, channel, height, width], masks uint8 [row, head, height, width], and where each row lies.

    Raises:
        DataError: as `patches_of`.
    """
    shapes = [(scene.shape[1], scene.shape[2]) for scene in scenes]
    for number, shape in enumerate(shapes):
        _require_room(number, shape, (patch, patch))
    high, wide = (min(2 * patch, *lengths) for lengths in zip(*shapes, shapes[0], strict=True))
    places = patches_of(shapes, (high, wide), masks=masks)
    targets = cut(masks, places, (high, wide))
    for place, target in zip(places, targets, strict=True):
        target[:, : -place.top % high] = VOID
        target[:, :, : -place.left % wide] = VOID
    keep = np.flatnonzero((targets != VOID).any(axis=(1, 2, 3)))
    places = [places[k] for k in keep]
    return cut(scenes, places, (high, wide)), targets[keep], places
