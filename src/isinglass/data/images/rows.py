"""New photographs, read as those were on which a model was trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isinglass.data.catalogue import CATALOGUE
from isinglass.data.images.files.archives import is_archive, unpack
from isinglass.data.images.files.decode import Header, quiet
from isinglass.data.images.files.decode_pool import Form, decode_files, gap_words, read_fitted, read_headers
from isinglass.data.images.files.walking import walk
from isinglass.data.images.folders import descend, is_image
from isinglass.data.images.in_memory import paths_or_arrays, stack_images
from isinglass.data.images.loading import convert, find_images, is_image_source
from isinglass.data.images.masks.folders import has_masks, images_of
from isinglass.data.images.nodata import Known
from isinglass.data.images.schema import ImageSchema
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe
from isinglass.spec import Task


@dataclass(frozen=True, eq=False)
class ImageRows:
    """Images for a prediction.

    Args:
        inputs: [sample, channel, height, width] in the schema's size and depth.
        files: text [sample].
        targets: float64 [sample, out] where the folders are named as the model's classes.
        problems: one sentence for each file that could not be used, and what else is to be told.
        known: bool [sample, height, width], whether a pixel has data; None: all have.
    """

    inputs: np.ndarray
    files: np.ndarray
    targets: np.ndarray | None
    problems: tuple[str, ...] = ()
    known: np.ndarray | None = None


def read_images(
    source: str | Path | np.ndarray | Sequence[str | Path | np.ndarray], schema: ImageSchema, recipe: DataRecipe
) -> ImageRows:
    """A file, a folder (with or without class folders), an archive, a list of files, an array or a list of arrays.

    Args:
        source: for arrays see `stack_images`: files become grey or colours as the model needs them, arrays do not.
        schema: of the model.
        recipe: the model's [data].

    Raises:
        DataError: nothing to read, or no file of it can be used.
    """
    form = Form(schema.height, schema.width, len(schema.channels), schema.depth, schema.read, recipe.nodata)
    if isinstance(source, (str, Path)):
        return _read_path(str(source), form, schema, recipe)
    paths, arrays = paths_or_arrays(source)
    if arrays is None:
        return _read_files([path.expanduser() for path in paths], None, form, schema)
    stack = stack_images(arrays, form.channels)
    names = np.array([f"image {k}" for k in range(1, len(stack) + 1)])
    return ImageRows(convert(stack, form, where="array"), names, None)


@dataclass(frozen=True)
class SceneFiles:
    """Images that are predicted in their own size, one after the other.

    Args:
        names: [scene] as they were found.
        sizes: [scene] height and width.
        read: gives the n-th, [channel, height, width] in the schema's channels and depth, and where it has data if not
            everywhere. Raises BadImageError.
        problems: one sentence for each file that could not be used.
    """

    names: tuple[str, ...]
    sizes: tuple[tuple[int, int], ...]
    read: Callable[[int], tuple[np.ndarray, Known | None]]
    problems: tuple[str, ...] = ()


def find_scenes(source: str | Path, schema: ImageSchema, recipe: DataRecipe) -> SceneFiles | None:
    """The image files of a source in their own sizes, of which only the headers are read; None where it holds no image
    files. Raises DataError where none of them can be used."""
    files, home = _image_files(Path(source).expanduser(), schema)
    names = [path.relative_to(home).as_posix() if home else str(path) for path in files]
    headers = read_headers(files)
    good = [k for k, header in enumerate(headers) if isinstance(header, Header)]
    problems = tuple(f"{names[k]}: {headers[k]}." for k in range(len(files)) if k not in set(good))
    if files and not good:
        raise DataError("no image can be used", where=str(source), given=" ".join(problems[:5]))
    sizes = tuple((header.height, header.width) for header in headers if isinstance(header, Header))

    def read(place: int) -> tuple[np.ndarray, Known | None]:
        with quiet():
            channels = len(schema.channels)
            form = Form(*sizes[place], channels, schema.depth, schema.read, recipe.nodata)
            return read_fitted(files[good[place]], form)

    return SceneFiles(tuple(names[k] for k in good), sizes, read, problems) if files else None


def _image_files(path: Path, schema: ImageSchema) -> tuple[list[Path], Path | None]:
    """A file itself, or the image files in a folder or archive and that folder; for a model of masks none that are
    masks of others."""
    if is_image(path):
        return [path], None
    path = unpack(path) if is_archive(path) else path
    if schema.task is Task.SEGMENTATION and path.is_dir() and has_masks(descend(path)):
        return images_of(descend(path)), path
    files = walk(path).files if path.is_dir() else ()
    return [file for file in files if is_image(file)], path


def _read_path(source: str, form: Form, schema: ImageSchema, recipe: DataRecipe) -> ImageRows:
    path = Path(source).expanduser()
    files, home = _image_files(path, schema)
    if files:
        return _read_files(files, home, form, schema)
    asked = recipe.model_copy(update={"source": source})
    if not path.exists() and source not in CATALOGUE:
        raise DataError("no such file or folder", where=source, instead="a folder, an image file or an array.")
    if not path.exists() or not is_image_source(asked):
        raise DataError("no images to predict", where=source, instead="a folder, an image file or an array.")
    found = find_images(asked)
    if found.pixels is None:
        return _read_files(list(found.paths), None, form, schema)
    labels = None
    if found.targets is not None and found.columns and found.columns[0].categories:
        names = found.columns[0].categories
        labels = _targets([names[int(code)] for code in found.targets[:, 0]], schema)
    return ImageRows(convert(found.pixels, form, where=source), found.names, labels)


def _read_files(paths: list[Path], home: Path | None, form: Form, schema: ImageSchema) -> ImageRows:
    found = decode_files(paths, form)
    pixels, faults = found.pixels, found.problems
    names = [path.relative_to(home).as_posix() if home else str(path) for path in paths]
    keep = np.array([k for k in range(len(paths)) if k not in faults], np.int64)
    problems = tuple(f"{names[k]}: {why}." for k, why in faults.items())
    if not len(keep):
        raise DataError(
            "no image can be used", where=str(home or paths[0] if paths else "list"), given=" ".join(problems[:5])
        )
    labels = _targets([paths[k].parent.name for k in keep], schema) if home else None
    known = None if found.known is None else found.known[keep]
    told = (*problems, *gap_words(known, [found.why.get(int(k), ()) for k in keep], len(keep)))
    return ImageRows(pixels if not faults else pixels[keep], np.array(names)[keep], labels, told, known)


def _targets(labels: list[str], schema: ImageSchema) -> np.ndarray | None:
    """Indices of the classes where all labels are classes of the model."""
    if schema.task is not Task.CLASSIFICATION or not set(labels) <= set(schema.classes):
        return None
    place = {name: index for index, name in enumerate(schema.classes)}
    return np.array([place[label] for label in labels], np.float64)[:, None]
