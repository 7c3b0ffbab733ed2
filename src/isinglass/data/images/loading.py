"""From a recipe to a Dataset of images, whatever the source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from isinglass.data.catalogue import CATALOGUE, complete, fetch_files
from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import fingerprint, image_ids
from isinglass.data.images.arrays import array_axes, open_arrays
from isinglass.data.images.files.archives import is_archive, unpack
from isinglass.data.images.files.cifar import cifar_files, open_cifar
from isinglass.data.images.files.decode import Header
from isinglass.data.images.files.decode_pool import (
    Decoded,
    Form,
    Watch,
    choose_form,
    decode_files,
    empty_words,
    fit_form,
    gap_words,
    read_headers,
    require_few,
)
from isinglass.data.images.files.folder_check import require_mostly_images
from isinglass.data.images.files.idx import idx_parts, open_idx
from isinglass.data.images.files.walking import visible
from isinglass.data.images.folders import descend, is_image, open_folder
from isinglass.data.images.listing import Found, require_images
from isinglass.data.images.masks.classes import load_masks, survey, wish_of, with_classes
from isinglass.data.images.masks.files import VOID
from isinglass.data.images.masks.folders import has_masks, open_masks
from isinglass.data.images.scenes import in_cells, load_scenes
from isinglass.data.images.schema import ImageSchema
from isinglass.data.images.tables import open_image_table
from isinglass.data.tables.sources.compressed import holds_table
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe

CHANNELS = {1: ("grey",), 3: ("red", "green", "blue"), 4: ("red", "green", "blue", "alpha")}


def is_image_source(recipe: DataRecipe) -> bool:
    """Whether a recipe's source holds images: a folder, an archive or arrays of them, or a set of the catalogue."""
    if recipe.images or recipe.masks:
        return True
    if recipe.source in CATALOGUE:
        return bool(CATALOGUE[recipe.source].files)
    path = Path(recipe.source).expanduser()
    if path.is_dir():
        return _holds_images(path)
    if path.is_file() and cifar_files(path):
        return True
    return (is_archive(path) and not holds_table(path)) or (
        path.suffix in (".npz", ".npy") and any(n in (3, 4) for n in array_axes(path))
    )


def _holds_images(folder: Path, deep: int = 3) -> bool:
    try:
        inside = visible(folder)
        if idx_parts(folder) or cifar_files(folder) or any(is_image(path) for path in inside):
            return True
    except OSError:
        return False
    return deep > 0 and any(_holds_images(path, deep - 1) for path in inside if path.is_dir())


def load_images(recipe: DataRecipe, watch: Watch | None = None, learnt: ImageSchema | None = None) -> Dataset:
    """Read the images of a recipe; `watch(done, total)` is told of files decoded so far. Masks are read by what a model
    has `learnt` of their values, where there is one.

    Raises:
        DataError: nothing to read, too many files that cannot be used, classes or masks that are missing.
    """
    full = complete(recipe)
    found = find_images(full)
    if found.pixels is None and full.patch and full.size == "auto":
        return _build(*load_scenes(found, full, watch, learnt), full)
    if found.pixels is None:
        found, form, masks = _decode(found, full, watch, learnt)
    else:
        found, form = _array_form(found, full)
        masks = None
    return in_cells(_build(found, form, masks, full), full.patch)


def find_images(recipe: DataRecipe) -> Found:
    """What a source holds, before files are decoded."""
    if recipe.images:
        return open_image_table(recipe)
    named = recipe.source in CATALOGUE
    path = fetch_files(recipe.source) if named else Path(recipe.source).expanduser()
    path = unpack(path) if is_archive(path) else path
    if not path.exists():
        raise DataError("no such file or folder", where=str(path))
    if path.is_file():
        return open_cifar(path) if cifar_files(path) else open_arrays(path, task=recipe.task)
    try:
        return _open_home(descend(path), recipe)
    except PermissionError as error:
        raise DataError("no permission to read the folder", where=str(error.filename)) from None


def _open_home(home: Path, recipe: DataRecipe) -> Found:
    if idx_parts(home):
        return open_idx(home)
    if cifar_files(home):
        return open_cifar(home)
    if any(is_archive(path) for path in visible(home)) and len(visible(home)) == 1:
        return _open_home(descend(unpack(visible(home)[0])), recipe)
    if recipe.masks or has_masks(home):
        return open_masks(home, recipe.masks)
    require_mostly_images(home)
    return open_folder(home)


def _decode(
    found: Found, recipe: DataRecipe, watch: Watch | None, learnt: ImageSchema | None
) -> tuple[Found, Form, np.ndarray | None]:
    headers = read_headers(found.paths)
    problems = {k: str(header) for k, header in enumerate(headers) if not isinstance(header, Header)}
    good = [k for k in range(len(headers)) if k not in problems]
    told = require_few({str(found.names[k]): why for k, why in problems.items()}, len(headers), found.where)
    form, notes = choose_form(
        [header for header in headers if isinstance(header, Header)],
        size=recipe.size,
        read=recipe.channels,
        nodata=recipe.nodata,
    )
    if found.masks and recipe.size == "auto" and any("resized" in note for note in notes):
        notes.append("data.patch = 128 learns scenes in their own size, from patches of so many pixels.")
    surveyed = None
    if found.masks:  # before the images are decoded: what is asked about masks is asked at once
        native = [(header.height, header.width) for header in headers if isinstance(header, Header)]
        chosen = [found.masks[k] for k in good]
        surveyed = survey(chosen, native, root=found.root, wish=wish_of(found, recipe, learnt))
        found = with_classes(found, surveyed.decided)
    decoded = decode_files([found.paths[k] for k in good], form, watch=watch)
    masks, faults = (None, {}) if surveyed is None else load_masks(surveyed, size=(form.height, form.width))
    if masks is not None and decoded.known is not None:
        masks[~decoded.known[:, None]] = VOID
    broken = {k: why for k, why in decoded.problems.items() if k not in decoded.empty}
    lost = {**broken, **{k: f"its mask: {why}" for k, why in faults.items() if k not in decoded.empty}}
    every = {**problems, **{good[k]: why for k, why in lost.items()}}
    told = require_few({str(found.names[k]): why for k, why in every.items()}, len(headers), found.where)
    notes += empty_words([str(found.names[good[k]]) for k in sorted(decoded.empty)], len(headers))
    keep = np.array([k for k in range(len(good)) if k not in lost and k not in decoded.empty], np.int64)
    if not len(keep):
        raise DataError("no image holds data", where=found.where, instead="images with data, or data.nodata = 'none'.")
    chosen = _take(found, decoded, np.array(good)[keep], keep)
    notes += gap_words(chosen.known, [decoded.why.get(int(k), ()) for k in keep], len(keep))
    require_images(len(chosen.names), found.where)
    sizes = {(header.height, header.width) for header in headers if isinstance(header, Header)}
    told = (*found.notes, *notes, *told)
    taken = masks if masks is None or len(keep) == len(masks) else masks[keep]
    return replace(chosen, native=sizes == {(form.height, form.width)}, notes=told), form, taken


def _take(found: Found, decoded: Decoded, index: np.ndarray, keep: np.ndarray) -> Found:
    """Some of the decoded files: their places among those that were found, and among the decoded."""
    whole = len(keep) == len(decoded.pixels)  # which may be a memory map

    def chosen(values: np.ndarray | None) -> np.ndarray | None:
        return None if values is None else values[index]

    return replace(
        found,
        names=found.names[index],
        targets=chosen(found.targets),
        part=chosen(found.part),
        weights=chosen(found.weights),
        coords={role: values[index] for role, values in found.coords.items()},
        paths=tuple(found.paths[k] for k in index),
        pixels=decoded.pixels if whole else decoded.pixels[keep],
        known=None if decoded.known is None else decoded.known[keep],
    )


def _array_form(found: Found, recipe: DataRecipe) -> tuple[Found, Form]:
    """Arrays are taken as they are; a size or channels that the recipe asks for are made."""
    pixels = found.pixels
    assert pixels is not None
    _, channels, height, width = pixels.shape
    read = {1: "grey", 3: "rgb"}.get(channels, "all")
    form = Form(height, width, channels, pixels.dtype.name, read)
    if recipe.channels in ("auto", "all", read) and recipe.size in ("auto", (height, width)):
        return replace(found, native=True), form
    size = (height, width) if isinstance(recipe.size, str) else recipe.size
    read = read if recipe.channels in ("auto", "all") else recipe.channels
    wanted = Form(*size, {"grey": 1, "rgb": 3}.get(read) or channels, form.depth, read)
    return replace(found, pixels=convert(pixels, wanted, where=found.where)), wanted


def convert(pixels: np.ndarray, form: Form, *, where: str) -> np.ndarray:
    """Arrays [sample, channel, height, width] in another form. Raises DataError."""
    from isinglass.data.images.files.decode import BadImageError, channels_as

    try:
        return np.stack([fit_form(channels_as(image.transpose(1, 2, 0), form.read), form) for image in pixels])
    except BadImageError as error:
        raise DataError(str(error), where=where) from None


def _build(found: Found, form: Form, masks: np.ndarray | None, recipe: DataRecipe) -> Dataset:
    pixels, targets = found.pixels, masks if masks is not None else found.targets
    assert pixels is not None
    assert targets is not None
    require_images(len(pixels), found.where)
    if recipe.task != "auto" and recipe.task != found.task:
        raise DataError(f"these images are for {found.task}", where="data.task", given=recipe.task)
    names = CHANNELS.get(form.channels) or tuple(f"band {k}" for k in range(1, form.channels + 1))
    schema = ImageSchema(
        channels=names,
        height=form.height,
        width=form.width,
        depth=form.depth,
        targets=found.columns,
        task=found.task,
        read=form.read,
        native=found.native,
        coding=found.coding,
    )
    coords = {**found.coords, **({} if found.part is None else {"part": found.part})}
    return Dataset(
        inputs=pixels,
        targets=targets,
        weights=np.ones(len(pixels)) if found.weights is None else found.weights,
        schema=schema,
        coords=coords,
        ids=image_ids(pixels),
        name=recipe.source,
        fingerprint=fingerprint({"inputs": pixels, "targets": targets, **coords}, schema.to_json()),
        notes=found.notes,
        files=found.names,
        known=np.zeros(0, bool) if found.known is None or found.known.all() else found.known,
    )
