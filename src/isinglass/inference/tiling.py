"""Scenes larger than a machine can take at once: tiles whose predictions are blended. Patches to train on are placed
by `data.images.patches`.

Tiles of one size overlap; the prediction at a pixel is the mean of those of its tiles, weighted by a window that is 0
within `margin` of a tile's inner edges and rises as a squared cosine. Windows of neighbours sum to 1, so a machine
whose outputs depend on no pixel farther away than the margin predicts exactly what it would predict of the whole
scene. A machine that pools by 2, k times, also needs tiles that begin at multiples of 2^k: `align`.

Reference for blended tiles: Ronneberger, Fischer and Brox (2015), U-Net, arXiv:1505.04597 (overlap-tile strategy).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isinglass.errors import DataError, RecipeError

if TYPE_CHECKING:
    from isinglass.inference.ensemble import Ensemble

Predict = Callable[[np.ndarray], np.ndarray]
"""[batch, channel, height, width] -> [batch, width, height, width] of the same height and width."""


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
        out: where the result is written, float [width, height, width]: a memory map for a scene larger than memory;
            made where not given.

    Returns:
        float32 [width, height, width], or `out`.
    """
    for rows, band in predict_bands(predict, scene, tiling, batch=batch):
        if out is None:
            out = np.empty((band.shape[0], *scene.shape[1:]), np.float32)
        out[:, rows] = band
    assert out is not None
    return out


def predict_bands(
    predict: Predict, scene: np.ndarray, tiling: Tiling | None = None, *, batch: int = 8
) -> Iterator[tuple[slice, np.ndarray]]:
    """As `predict_scene`, from the top downwards: some rows, and what is predicted of them, float32 [width, row,
    width]. No more than the tiles of one row is kept, whatever the height of the scene."""
    tiling = tiling or Tiling()
    height, width = scene.shape[1:]
    spans, windows = tiling.spans(height), tiling.windows(height)
    begun: np.ndarray | None = None
    for number, ((top, bottom), down) in enumerate(zip(spans, windows, strict=True)):
        band: np.ndarray | None = None
        for columns, answers in _row(predict, scene[:, top:bottom], tiling, batch):
            if band is None:
                band = np.zeros((answers.shape[1], bottom - top, width), np.float32)
            for (left, right, across), answer in zip(columns, answers, strict=True):
                band[:, :, left:right] += answer * np.outer(down, across)
        assert band is not None
        if begun is not None:
            band[:, : begun.shape[1]] += begun
        end = spans[number + 1][0] if number + 1 < len(spans) else height
        yield slice(top, end), band[:, : end - top]
        begun = band[:, end - top :]


Column = tuple[int, int, np.ndarray]
"""Where a tile begins and ends in a row of tiles, and its window across."""


def _row(predict: Predict, strip: np.ndarray, tiling: Tiling, batch: int) -> Iterator[tuple[list[Column], np.ndarray]]:
    """The tiles of one row of tiles, those of the same width together, and what is predicted of them."""
    spans, windows = tiling.spans(strip.shape[2]), tiling.windows(strip.shape[2])
    waiting: dict[int, list[Column]] = {}
    for (left, right), across in zip(spans, windows, strict=True):
        waiting.setdefault(right - left, []).append((left, right, across))
    for alike in waiting.values():
        for start in range(0, len(alike), batch):
            columns = alike[start : start + batch]
            inputs = np.stack([strip[:, :, left:right] for left, right, _ in columns])
            answers = predict(inputs)
            if answers.shape[2:] != inputs.shape[2:]:
                given = f"{inputs.shape[2:]} -> {answers.shape[2:]}"
                raise DataError("tiles need a machine that keeps height and width", where="tiling", given=given)
            yield columns, answers


def segmenting(ensemble: Ensemble) -> Predict:
    """An ensemble as `predict_scene` asks it: the probabilities of all masks' classes, one after the other."""

    def predict(tiles: np.ndarray) -> np.ndarray:
        return np.concatenate([np.concatenate(found.probabilities, axis=1) for found in ensemble.segment(tiles)])

    return predict
