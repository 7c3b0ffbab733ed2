"""Mask images as class numbers [sample, 1, height, width], 255 where nothing is to be predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from isinglass.data.images.files.decode import quiet
from isinglass.data.images.files.decode_pool import attempt, pool
from isinglass.data.images.files.faults import BadImageError
from isinglass.data.images.listing import Found
from isinglass.data.images.masks.census import Tally, tally_of
from isinglass.data.images.masks.coding import Decided, Wish, classes_of_mask, decide
from isinglass.data.images.masks.files import VOID, read_mask
from isinglass.data.images.masks.names import ClassNames, read_class_names
from isinglass.data.images.masks.sizes import odd_masks
from isinglass.data.images.schema import Coding, ImageSchema
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe


@dataclass(frozen=True)
class Masks:
    """The masks of some images, counted and understood, before they are read as classes.

    Args:
        paths: [mask] files.
        images: [mask] height and width of the image of each, as it was found.
        decided: what their values mean.
        faults: why some masks (by place) cannot be used.
    """

    paths: tuple[Path, ...]
    images: tuple[tuple[int, int], ...]
    decided: Decided
    faults: dict[int, str]

    def read(self, place: int, size: tuple[int, int]) -> np.ndarray:
        """The classes of one mask, uint8 [height, width], 255 where nothing counts. Raises BadImageError."""
        if place in self.faults:
            raise BadImageError(self.faults[place])
        classes = classes_of_mask(read_mask(self.paths[place]), self.decided.coding)
        _require_proportions(classes.shape, self.images[place])
        return _nearest(classes, size)


def wish_of(found: Found, recipe: DataRecipe, learnt: ImageSchema | None) -> Wish:
    """What the recipe, and a model that has `learnt`, say of the masks that were found."""
    where = str(found.masks[0].parent)
    if learnt is None:
        return Wish(recipe.void, recipe.mask_levels, where)
    known = learnt.coding
    if known is None and _names(found.root, found.masks).colours is None:  # a model of version 0.1
        known = Coding(tuple(range(len(learnt.classes))), learnt.void)
    return Wish(recipe.void, recipe.mask_levels, where, known, learnt.classes)


def with_classes(found: Found, decided: Decided) -> Found:
    """With the classes of its masks, and what is told of them."""
    column = replace(found.columns[0], categories=decided.names)
    return replace(found, columns=(column,), coding=decided.coding, notes=(*found.notes, *decided.notes))


def survey(paths: Sequence[Path], images: Sequence[tuple[int, int]], *, root: Path | None, wish: Wish) -> Masks:
    """All masks counted, and what their values mean.

    Masks unlike the others (`odd_masks`) and files that cannot be read are faults, not counted. The names of classes
    are looked for in `root` and beside the masks.

    Raises:
        DataError: no mask can be used, or as `decide`.
    """
    names = _names(root, paths)
    odd = odd_masks(paths, images, plain=names.colours is None)

    def one(place: int) -> Tally:
        if place in odd:
            raise BadImageError(odd[place])
        return tally_of(read_mask(paths[place]))

    with quiet(), pool() as threads:
        told = list(threads.map(partial(attempt, one), range(len(paths))))
    faults = {place: str(fault) for place, fault in enumerate(told) if isinstance(fault, BadImageError)}
    if len(faults) == len(paths):
        raise DataError("no mask can be used", where=str(paths[0].parent), given=next(iter(faults.values()), None))
    tallies = [one for one in told if isinstance(one, Tally)]
    return Masks(tuple(paths), tuple(images), decide(tallies, names, wish), faults)


def load_masks(masks: Masks, *, size: tuple[int, int]) -> tuple[np.ndarray, dict[int, str]]:
    """All masks in one size, uint8 [mask, 1, height, width], and why some (by place) cannot be used.

    Raises:
        DataError: none can.
    """
    found = np.full((len(masks.paths), 1, *size), VOID, np.uint8)

    def one(place: int) -> None:
        found[place, 0] = masks.read(place, size)

    with quiet(), pool() as threads:
        tried = threads.map(partial(attempt, one), range(len(masks.paths)))
        faults = {place: str(fault) for place, fault in enumerate(tried) if fault}
    if len(faults) == len(masks.paths):
        where = str(masks.paths[0].parent)
        raise DataError("no mask can be used", where=where, given=next(iter(faults.values()), None))
    return found, faults


def _names(root: Path | None, paths: Sequence[Path]) -> ClassNames:
    beside = [paths[0].parent, paths[0].parent.parent] if paths else []
    return read_class_names([home for home in (root, *beside) if home is not None])


def _require_proportions(mask: Sequence[int], image: Sequence[int]) -> None:
    """Half the size is fine, to a pixel; half the height alone is not."""
    scale = max(mask) / max(image)
    if any(abs(side - scale * whole) > 1 for side, whole in zip(mask, image, strict=True)):
        raise BadImageError(f"{mask[0]} x {mask[1]} pixels where its image has {image[0]} x {image[1]}")


def _nearest(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if mask.shape == size:
        return mask
    pairs = zip(mask.shape, size, strict=True)
    rows, columns = (((np.arange(new) + 0.5) * old / new).astype(int) for old, new in pairs)
    return mask[rows][:, columns]
