"""Scenes larger than a machine can take at once: patches to train on, and tiles whose predictions are blended.

Training: `patches_of` places a regular grid of squares on a scene and drops those of which too little is known. The
patches of a scene are one group, so that no split puts parts of one scene on both sides.

Prediction: tiles of one size overlap; the prediction at a pixel is the mean of those of its tiles, weighted by a
window that is 0 within `margin` of a tile's inner edges and rises as a squared cosine. Windows of neighbours sum to 1,
so a machine whose outputs depend on no pixel farther away than the margin predicts exactly what it would predict of the
whole scene. A machine that pools by 2, k times, also needs tiles that begin at multiples of 2^k: `align`.

Reference for blended tiles: Ronneberger, Fischer and Brox (2015), U-Net, arXiv:1505.04597 (overlap-tile strategy).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from isinglass.errors import DataError, RecipeError

if TYPE_CHECKING:
    from isinglass.learning.ensemble import Ensemble

VOID = 255

Predict = Callable[[np.ndarray], np.ndarray]
"""[batch, channel, height, width] -> [batch, width, height, width] of the same height and width."""


@dataclass(frozen=True)
class Patch:
    """Where a patch lies: the place of its scene in a list, and its first row and column."""

    scene: int
    top: int
    left: int


@dataclass(frozen=True)
class Tiling:
    """How a scene is divided for prediction.

    Args:
        size: side of a tile, pixels.
        overlap: pixels that neighbouring tiles share, at least.
        margin: pixels at a tile's inner edges that are not trusted; -1: a quarter of the overlap. At most
            (overlap - 1) // 2, where hardly anything is blended.
        align: tiles begin at multiples of this.

    Raises:
        RecipeError: the numbers do not fit together.
    """

    size: int = 256
    overlap: int = 64
    margin: int = -1
    align: int = 1

    def __post_init__(self) -> None:
        if self.margin < 0:
            object.__setattr__(self, "margin", self.overlap // 4)
        fits = 0 <= self.overlap < self.size and 2 * self.margin <= max(0, self.overlap - 1) and self.align >= 1
        if not fits or self.stride < 1:
            raise RecipeError(
                "tiles need align <= size - overlap and 2 margin < overlap < size",
                where="tiling",
                given=f"size {self.size}, overlap {self.overlap}, margin {self.margin}, align {self.align}",
            )

    @property
    def stride(self) -> int:
        """From the beginning of a tile to that of the next."""
        return (self.size - self.overlap) // self.align * self.align

    def spans(self, length: int) -> list[tuple[int, int]]:
        """Begin and end of the tiles along an axis; the last one ends with the scene and may be longer than the others
        by less than `align`."""
        if length <= self.size:
            return [(0, length)]
        last = (length - self.size) // self.align * self.align
        starts = [*range(0, last, self.stride), last]
        return [(start, length if start == last else start + self.size) for start in starts]

    def windows(self, length: int) -> list[np.ndarray]:
        """The weight of each tile of `spans` along its pixels, float32; they sum to 1 at every pixel of the axis."""
        spans = self.spans(length)
        rough = [self._rough(begin, end, length) for begin, end in spans]
        total = np.zeros(length)
        for (begin, end), window in zip(spans, rough, strict=True):
            total[begin:end] += window
        pairs = zip(spans, rough, strict=True)
        return [(window / total[begin:end]).astype(np.float32) for (begin, end), window in pairs]

    def _rough(self, begin: int, end: int, length: int) -> np.ndarray:
        """A squared cosine from `margin` to overlap - margin of an edge; 1 to the end of the scene."""
        place = np.arange(end - begin) + 0.5
        inner = [place if begin > 0 else None, (end - begin) - place if end < length else None]
        window = np.ones(end - begin)
        for distance in inner:
            if distance is not None:
                rise = np.clip((distance - self.margin) / max(1, self.overlap - 2 * self.margin), 0, 1)
                window = window * np.sin(np.pi / 2 * rise) ** 2
        return window


def patches_of(
    scenes: Sequence[tuple[int, int]],
    size: int,
    *,
    stride: int = 0,
    masks: Sequence[np.ndarray] | None = None,
    known: float = 0.1,
) -> list[Patch]:
    """Places of training patches, scene after scene, row after row.

    Args:
        scenes: height and width of each scene.
        size: side of a patch, pixels.
        stride: pixels from patch to patch; 0: the size, so that patches do not overlap. The last row and column end
            with the scene.
        masks: uint8 [head, height, width] of each scene (or memory maps); None: all patches are kept.
        known: the least part of a patch's pixels that is not void in all heads.

    Raises:
        DataError: a scene is smaller than a patch, or no patch is kept.
    """
    found = [patch for scene, shape in enumerate(scenes) for patch in _grid(scene, shape, size, stride or size)]
    if masks is not None:
        found = [patch for patch in found if _known(masks[patch.scene], patch, size) >= known]
    if not found:
        raise DataError(
            f"no patch of {size} x {size} pixels holds {100 * known:g} % of known pixels",
            where="patches",
            instead="smaller patches, or a lower share of known pixels.",
        )
    return found


def _grid(scene: int, shape: tuple[int, int], size: int, stride: int) -> Iterator[Patch]:
    if min(shape) < size:
        raise DataError(
            "the scene is smaller than a patch",
            where=f"scene {scene + 1}",
            given=f"{shape[0]} x {shape[1]} pixels",
            allowed=f"{size} x {size} pixels and more",
        )
    rows, columns = (sorted({*range(0, length - size, stride), length - size}) for length in shape)
    return (Patch(scene, top, left) for top, left in product(rows, columns))


def _known(mask: np.ndarray, patch: Patch, size: int) -> float:
    part = mask[:, patch.top : patch.top + size, patch.left : patch.left + size]
    return float((np.asarray(part) != VOID).any(axis=0).mean())


def cut(scenes: Sequence[np.ndarray], patches: Sequence[Patch], size: int) -> np.ndarray:
    """The patches as one array [patch, channel, size, size], of scenes [channel, height, width] (or masks) of one
    depth that may be memory maps: only the patches are read."""
    first = scenes[0]
    made = np.empty((len(patches), first.shape[0], size, size), first.dtype)
    for place, patch in enumerate(patches):
        made[place] = scenes[patch.scene][:, patch.top : patch.top + size, patch.left : patch.left + size]
    return made


def predict_scene(
    predict: Predict,
    scene: np.ndarray,
    tiling: Tiling | None = None,
    *,
    batch: int = 8,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Predict a scene of any size tile by tile.

    Args:
        predict: gives probabilities (or anything that may be averaged) of a batch of tiles.
        scene: [channel, height, width]; a memory map is read tile by tile.
        tiling: how the scene is divided.
        batch: tiles predicted at once.
        out: where the result is written, float [width, height, width], all zero: a memory map for a scene larger than
            memory; made where not given.

    Returns:
        float32 [width, height, width], or `out`.
    """
    tiling = tiling or Tiling()
    for tiles in _batches(tiling, scene.shape[1], scene.shape[2], batch):
        inputs = np.stack([scene[:, tile.rows, tile.columns] for tile in tiles])
        answers = predict(inputs)
        if answers.shape[2:] != inputs.shape[2:]:
            given = f"{inputs.shape[2:]} -> {answers.shape[2:]}"
            raise DataError("tiles need a machine that keeps height and width", where="tiling", given=given)
        if out is None:
            out = np.zeros((answers.shape[1], *scene.shape[1:]), np.float32)
        for tile, answer in zip(tiles, answers, strict=True):
            out[:, tile.rows, tile.columns] += answer * tile.weight
    assert out is not None
    return out


@dataclass(frozen=True)
class _Tile:
    rows: slice
    columns: slice
    weight: np.ndarray


def _batches(tiling: Tiling, height: int, width: int, batch: int) -> Iterator[list[_Tile]]:
    """Tiles of the same shape together."""
    rows, columns = ([*zip(tiling.spans(n), tiling.windows(n), strict=True)] for n in (height, width))
    waiting: dict[tuple[int, ...], list[_Tile]] = {}
    for ((top, bottom), down), ((left, right), across) in product(rows, columns):
        tile = _Tile(slice(top, bottom), slice(left, right), np.outer(down, across))
        alike = waiting.setdefault(tile.weight.shape, [])
        alike.append(tile)
        if len(alike) == batch:
            yield waiting.pop(tile.weight.shape)
    yield from waiting.values()


def segmenting(ensemble: Ensemble) -> Predict:
    """An ensemble as `predict_scene` asks it: the probabilities of all masks' classes, one after the other."""

    def predict(tiles: np.ndarray) -> np.ndarray:
        return np.concatenate([np.concatenate(found.probabilities, axis=1) for found in ensemble.segment(tiles)])

    return predict
