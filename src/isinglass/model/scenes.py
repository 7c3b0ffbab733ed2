"""Masks of scenes that are larger than what a model learnt from: tile by tile, blended, one scene after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from isinglass.data.images.files.faults import BadImageError
from isinglass.data.images.masks.files import VOID
from isinglass.data.images.rows import SceneFiles, find_scenes
from isinglass.data.images.schema import ImageSchema
from isinglass.evaluation.report.masks import doubt_of, predicted_of
from isinglass.inference.tiling import Tiling, predict_bands, segmenting
from isinglass.spec import Spec

if TYPE_CHECKING:
    from isinglass.model.model import Model

OVERLAP = 4
"""Neighbouring tiles share a fourth of their side."""
PIXELS = 1 << 19
"""Of the tiles that are predicted at once."""


@dataclass(frozen=True)
class Scene:
    """A predicted scene.

    Args:
        name: of its file.
        classes: uint8 [head, height, width], the most probable class; 255 where there is no data.
        doubt: uint8 [head, height, width], the entropy, 255 where all classes are equally probable.
    """

    name: str
    classes: np.ndarray
    doubt: np.ndarray


@dataclass(frozen=True)
class Scenes:
    """Scenes that a model is to predict.

    Args:
        model: of masks.
        files: the scenes.
        tiling: how they are divided.
    """

    model: Model
    files: SceneFiles
    tiling: Tiling

    @property
    def words(self) -> str:
        """What a user should know of it."""
        size, (_, height, width) = self.tiling.size, self.model.schema.spec.sizes
        large = sum(not _within(size, (height, width)) for size in self.files.sizes)
        learnt = f"larger than the {height} x {width} pixels that the networks learnt from"
        tiles = f"tiles of {size} x {size} that overlap by {self.tiling.overlap}"
        return f"{large} of {len(self.files.sizes)} scenes are {learnt}: predicted in {tiles}, blended"

    def predict(self) -> Iterator[Scene | str]:
        """One scene after the other, or a sentence on a file that cannot be used. What is kept is one scene, its masks,
        and the probabilities of one row of tiles."""
        for place, name in enumerate(self.files.names):
            try:
                pixels, known = self.files.read(place)
            except BadImageError as error:
                yield f"{name}: {error}."
                continue
            found = self._predicted(name, pixels)
            if known is not None:
                found.classes[:, ~known.where], found.doubt[:, ~known.where] = VOID, VOID
            yield found

    def _predicted(self, name: str, pixels: np.ndarray) -> Scene:
        heads = [len(target.categories) for target in self.model.schema.targets]
        classes = np.empty((len(heads), *pixels.shape[1:]), np.uint8)
        doubt = np.empty_like(classes)
        predict, batch = segmenting(self.model.ensemble), max(1, PIXELS // self.tiling.size**2)
        for rows, band in predict_bands(predict, pixels, self.tiling, batch=batch):
            classes[:, rows] = predicted_of(band[None], heads)[0]
            doubt[:, rows] = 255 * doubt_of(band[None], heads)[0]
        return Scene(name, classes, doubt)


def scenes_of(model: Model, source: object) -> Scenes | None:
    """The scenes of a folder, archive or file, if any is larger than what the model learnt from and its networks know
    pixels in their own size; None for everything else, that is predicted in the size of training.

    Raises:
        DataError: no file can be used.
    """
    schema = model.schema
    if not schema.over or not schema.native:
        return None
    assert isinstance(schema, ImageSchema)  # for the type: no other kind predicts scenes
    _, *learnt = schema.spec.sizes
    files = find_scenes(source, schema, model.recipe.data) if isinstance(source, (str, Path)) else None
    if files is None or all(_within(size, learnt) for size in files.sizes):
        return None
    return Scenes(model, files, tiling_of(schema.spec, levels=len(model.recipe.machine.filters)))


def tiling_of(spec: Spec, *, levels: int) -> Tiling:
    """Tiles of the size that was learnt from, which begin where the poolings of so many levels do, if they can."""
    size = max(spec.sizes[1:])
    overlap = size // OVERLAP
    return Tiling(size, overlap, align=min(2**levels, 1 << (size - overlap).bit_length() - 1))


def _within(size: Sequence[int], learnt: Sequence[int]) -> bool:
    return size[0] <= learnt[0] and size[1] <= learnt[1]
