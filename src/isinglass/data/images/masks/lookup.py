"""Which masks new images are scored against: those beside them, never those of the training images."""

from __future__ import annotations

from pathlib import Path

from isinglass.data.catalogue import CATALOGUE
from isinglass.data.images.files.archives import is_archive, unpack
from isinglass.data.images.folders import descend
from isinglass.data.images.masks.folders import has_masks
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe


def masks_beside(source: str, recipe: DataRecipe) -> str:
    """The `data.masks` with which a source is read for its scores; empty: found by its folders' names.

    Args:
        source: a folder or an archive; everything else has its masks inside, or none.
        recipe: the model's [data]; its own folder of masks is for its own images alone.

    Raises:
        DataError: other images, without masks beside them.
    """
    path = Path(source).expanduser()
    if not recipe.masks or recipe.images or source in CATALOGUE or not (path.is_dir() or is_archive(path)):
        return recipe.masks
    try:
        home, trained = _home(path), _home(Path(recipe.source).expanduser())
        if home.resolve() == trained.resolve():
            return recipe.masks
        if _own(home, trained, recipe.masks):
            return recipe.masks
        if has_masks(home):
            return ""
    except PermissionError as error:
        raise DataError("no permission to read the folder", where=str(error.filename)) from None
    raise DataError(
        "no masks for these images: there are no folders 'images' and 'masks' in it, and the masks of the training "
        "images are not theirs",
        where=source,
        given=f"the training masks {recipe.masks} belong to {recipe.source}",
        instead=_cure(path),
    )


def _home(path: Path) -> Path:
    """The folder in which the data are; a path that is not there stays."""
    path = unpack(path) if is_archive(path) else path
    return descend(path) if path.is_dir() else path


def _own(home: Path, trained: Path, masks: str) -> bool:
    """Whether the name of the training masks means another folder, inside of this one."""
    inside = home / masks
    tried = {(trained / masks).resolve(), Path(masks).expanduser().resolve()}
    return inside.is_dir() and inside.resolve() not in tried


def _cure(path: Path) -> str:
    """The folder above, where that has both."""
    above = path.resolve().parent
    plain = "a folder with images/ and masks/ in it"
    return f"{path.parent}, {plain}." if path.is_dir() and has_masks(above) else f"{plain}."
