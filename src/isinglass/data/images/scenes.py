"""Scenes with masks in their own size, cut into the rows of a data set: `data.patch`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import image_ids
from isinglass.data.images.files.decode import Header, quiet
from isinglass.data.images.files.decode_pool import (
    Form,
    Watch,
    attempt,
    choose_form,
    empty_words,
    gap_words,
    pool,
    read_fitted,
    read_headers,
    require_few,
)
from isinglass.data.images.files.faults import BadImageError, NoDataError
from isinglass.data.images.listing import Found
from isinglass.data.images.masks.classes import survey, wish_of, with_classes
from isinglass.data.images.masks.files import VOID
from isinglass.data.images.nodata import Known
from isinglass.data.images.patches import Patch, cells, cut
from isinglass.data.images.schema import ImageSchema
from isinglass.errors import DataError, RecipeError
from isinglass.recipe import DataRecipe
from isinglass.spec import Task

Scene = tuple[np.ndarray, np.ndarray, Known]
"""Image [channel, height, width], mask uint8 [1, height, width], and where there is data."""


def in_cells(dataset: Dataset, patch: int) -> Dataset:
    """Scenes of one size as rows of two patches a side (see `patches.cells`); the rows of a scene are one group. A
    patch of 0 leaves them.

    Raises:
        RecipeError: the images have no masks. DataError: they are smaller than a patch.
    """
    schema = dataset.schema
    assert isinstance(schema, ImageSchema)
    if not patch:
        return dataset
    if schema.task is not Task.SEGMENTATION:
        raise RecipeError("patches are of scenes with masks", where="data.patch", given=patch, instead="patch = 0")
    inputs, targets, places = cells(list(dataset.inputs), list(dataset.targets), patch)
    known = cut(list(dataset.known[:, None]), places, inputs.shape[2:])[:, 0] if len(dataset.known) else dataset.known
    scene = np.array([place.scene for place in places])
    names = dataset.files if len(dataset.files) else np.array([f"scene {row}" for row in dataset.rows])
    coords = {"group": names, **dataset.coords}
    return replace(
        dataset,
        inputs=inputs,
        targets=targets,
        weights=dataset.weights[scene],
        schema=replace(schema, height=inputs.shape[2], width=inputs.shape[3]),
        coords={name: values[scene] for name, values in coords.items()},
        ids=image_ids(inputs),
        fingerprint=hashlib.sha256(f"{dataset.fingerprint} {patch}".encode()).hexdigest(),
        notes=(*dataset.notes, _said(len(dataset), places, inputs, patch)),
        rows=dataset.rows[scene],
        files=_named(names, places),
        known=known,
    )


def load_scenes(
    found: Found, recipe: DataRecipe, watch: Watch | None, learnt: ImageSchema | None
) -> tuple[Found, Form, np.ndarray]:
    """Files of any sizes, each read in its own, and cut: as `loading` gives images of one size.

    Raises:
        DataError: too many files that cannot be used, or one smaller than a patch.
    """
    if not found.masks:
        raise RecipeError("patches are of scenes with masks", where="data.patch", given=recipe.patch)
    headers = read_headers(found.paths)
    known = [replace(header, height=1, width=1) for header in headers if isinstance(header, Header)]
    require_few(_faults(found.names, headers), len(headers), found.where)
    form, notes = choose_form(known, size=(1, 1), read=recipe.channels, nodata=recipe.nodata)
    whole = {k: header for k, header in enumerate(headers) if isinstance(header, Header)}
    sizes = [(header.height, header.width) for header in whole.values()]
    wish = wish_of(found, recipe, learnt)
    masks_of = survey([found.masks[k] for k in whole], sizes, root=found.root, wish=wish)
    found = with_classes(found, masks_of.decided)
    places = {k: place for place, k in enumerate(whole)}

    def scene(place: int) -> Scene:
        header = headers[place]
        if isinstance(header, BadImageError):
            raise header
        own = replace(form, height=header.height, width=header.width)
        try:
            mask = masks_of.read(places[place], (own.height, own.width))
        except BadImageError as error:
            raise BadImageError(f"its mask: {error}") from None
        pixels, data = read_fitted(found.paths[place], own)
        data = data or Known(np.ones(mask.shape, bool), ())
        return pixels, np.where(data.where, mask, VOID)[None], data

    scenes: list[Scene | BadImageError] = []
    with quiet(), pool() as threads:
        for one in threads.map(lambda place: attempt(scene, place), range(len(headers))):
            scenes.append(one)
            if watch is not None:
                watch(len(scenes), len(headers))
    empty = [str(found.names[k]) for k, one in enumerate(scenes) if isinstance(one, NoDataError)]
    faults = {name: why for name, why in _faults(found.names, scenes).items() if name not in empty}
    told = (*require_few(faults, len(scenes), found.where), *empty_words(empty, len(scenes)))
    good = [k for k, one in enumerate(scenes) if not isinstance(one, BadImageError)]
    if not good:
        raise DataError("no image holds data", where=found.where, instead="images with data, or data.nodata = 'none'.")
    images, masks, data = zip(*(one for one in scenes if not isinstance(one, BadImageError)), strict=True)
    inputs, targets, spots = cells(images, masks, recipe.patch)
    where = cut([one.where[None] for one in data], spots, inputs.shape[2:])[:, 0]
    told = (*told, *gap_words(where, [one.why for one in data], len(where)))
    index = np.array([good[spot.scene] for spot in spots])
    made = replace(
        found,
        names=_named(found.names[good], spots),
        part=None if found.part is None else found.part[index],
        coords={"group": found.names[index], **{role: values[index] for role, values in found.coords.items()}},
        paths=tuple(found.paths[k] for k in index),
        pixels=inputs,
        known=where,
        native=True,
        notes=(*found.notes, *notes, *told, _said(len(good), spots, inputs, recipe.patch)),
    )
    return made, replace(form, height=inputs.shape[2], width=inputs.shape[3]), targets


def _faults(names: np.ndarray, things: Sequence[object]) -> dict[str, str]:
    return {str(names[k]): str(thing) for k, thing in enumerate(things) if isinstance(thing, BadImageError)}


def _named(names: np.ndarray, places: Sequence[Patch]) -> np.ndarray:
    return np.array([f"{names[place.scene]}, from row {place.top} and column {place.left}" for place in places])


def _said(scenes: int, places: Sequence[Patch], inputs: np.ndarray, patch: int) -> str:
    sides = f"{inputs.shape[2]} x {inputs.shape[3]} pixels"
    return f"{scenes} scenes are {len(places)} pieces of {sides}, in which patches of {patch} x {patch} are drawn."
