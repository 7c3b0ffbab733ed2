"""Images and the masks that belong to them: in folders beside each other, in official parts, or file beside file.

Known are `images` and `masks`, `train` and `train_masks`, `train/images` and `train/masks`, `images/train` and
`masks/train`, the same folders inside of both, and `a.png` beside `a_mask.png`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from isinglass.data.images.files.walking import Walked, hidden_words, visible, walk
from isinglass.data.images.folders import is_image, unused
from isinglass.data.images.listing import PARTS, Found, require_images
from isinglass.errors import DataError
from isinglass.spec import Column, Kind, Task

MASK_SUFFIXES = ("_masks", "_mask", "_labels", "annot", "_annotations")
"""How folders of masks are named, beside `train`, `images` and the like."""
IMAGE_HOMES = ("images", "image", "imgs", "img")
MASK_HOMES = ("masks", "mask", "labels", "annotations", "gt")
FILE_SUFFIXES = ("_mask", "_label", "_seg", "_L", "_P")
"""What the name of a mask has more than that of its image."""
SHARED = 0.5
"""Part of the images with a mask of their name, from which on one folder is taken for the masks of another."""
MISSING = 0.05

Pair = tuple[Path, Path, str]
"""The folder of images, that of their masks, and the official part, if any."""


def has_masks(folder: Path) -> bool:
    """Whether images and masks stand beside each other in one of the ways that are known."""
    return bool(_pairs(folder)) or _beside(walk(folder))


def open_masks(folder: Path, masks: str) -> Found:
    """Images with a mask of the same name.

    Args:
        folder: the images, or the folder that holds their folders.
        masks: the folder of masks, from here or from `folder`; empty: found by its name.

    Raises:
        DataError: no folder of masks, more than a twentieth of the images without one, or several of one name.
    """
    pairs = _named(folder, masks) if masks else _pairs(folder)
    if not pairs and not _beside(walk(folder)):
        raise DataError("no folder of masks", where=str(folder), instead="`--set data.masks=FOLDER`.")
    walked = [walk(home) for home in dict.fromkeys(home for pair in pairs or [(folder,)] for home in pair[:2])]
    rows: list[tuple[Path, Path, str]] = []
    missing: list[Path] = []
    for images, known, part in [_matched(*pair) for pair in pairs] or [_files_beside(folder)]:
        rows += [(path, known[key], part) for key, path in images.items() if key in known]
        missing += [path for key, path in images.items() if key not in known]
    names = [path.relative_to(folder).as_posix() for path in missing]
    if len(names) > MISSING * (len(rows) + len(names)):
        raise DataError(f"{len(names)} images have no mask", where=str(folder), given=", ".join(names[:5]))
    require_images(len(rows), str(folder))
    return Found(
        where=str(folder),
        names=np.array([path.relative_to(folder).as_posix() for path, *_ in rows]),
        targets=None,
        columns=(Column("class", Kind.CATEGORICAL),),
        task=Task.SEGMENTATION,
        part=np.array([part for *_, part in rows]) if rows[0][2] else None,
        paths=tuple(path for path, *_ in rows),
        masks=tuple(mask for _, mask, _ in rows),
        root=folder,
        notes=(*unused(names, "images without a mask left out"), *hidden_words(walked)),
    )


def images_of(folder: Path) -> list[Path]:
    """The images of a folder that has masks too."""
    found = [_matched(*pair) for pair in _pairs(folder)] or [_files_beside(folder)]
    return [path for images, *_ in found for path in images.values()]


def _folders(folder: Path) -> dict[str, Path]:
    return {path.name.lower(): path for path in visible(folder) if path.is_dir()}


def _named(folder: Path, masks: str) -> list[Pair]:
    """With the folder of masks that the recipe names."""
    folders = _folders(folder)
    home = next((path for path in (folder / masks, Path(masks).expanduser()) if path.is_dir()), None)
    if home is None:
        raise DataError("no such folder of masks", where="data.masks", given=masks, allowed=sorted(folders))
    return _parts(folder, home) or [(folders.get("images", folder), home, "")]


def _parts(images: Path, masks: Path) -> list[Pair]:
    """The official parts that both have."""
    ours, theirs = _folders(images), _folders(masks)
    return [(ours[name], theirs[name], PARTS[name]) for name in ours if name in PARTS and name in theirs]


def _pairs(folder: Path) -> list[Pair]:
    folders = _folders(folder)
    suffixed = [
        (path, folders[name + ending], PARTS[name])
        for name, path in folders.items()
        if name in PARTS
        for ending in MASK_SUFFIXES
        if name + ending in folders
    ]
    if suffixed:
        return suffixed
    here = _two(folder)
    if here is not None:
        return _parts(*here) or [(*here, "")]
    within = {path: two for path in folders.values() if (two := _two(path)) is not None}
    official = [(*two, PARTS[path.name.lower()]) for path, two in within.items() if path.name.lower() in PARTS]
    return official or [(*two, "") for two in within.values()]


def _two(folder: Path) -> tuple[Path, Path] | None:
    """A folder of images and one of their masks, inside of this one."""
    folders = _folders(folder)
    images = next((folders[name] for name in IMAGE_HOMES if name in folders), None)
    ends = [*MASK_HOMES, *(name + end for name in IMAGE_HOMES for end in MASK_SUFFIXES)]
    masks = next((folders[name] for name in ends if name in folders), None)
    if images is None or masks is None:
        return None
    if images.name.lower() == "images" and masks.name.lower().startswith(("masks", "images")):
        return images, masks
    ours, theirs = _keyed(images), _keyed(masks)
    return (images, masks) if ours and len(ours.keys() & theirs.keys()) >= SHARED * len(ours) else None


def _matched(images: Path, masks: Path, part: str) -> tuple[dict[str, Path], dict[str, Path], str]:
    """Images and masks by what their names share."""
    return _keyed(images, masks, plain=True), _keyed(masks), part


def _keyed(folder: Path, other: Path | None = None, *, plain: bool = False) -> dict[str, Path]:
    """The images right in a folder, else those at any depth, by their place and name without endings; none that lie in
    the other folder."""
    files = [path for path in visible(folder) if is_image(path)]
    if not files:
        files = [path for path in walk(folder).files if is_image(path) and (other is None or other not in path.parents)]
    found: dict[str, Path] = {}
    for path in files:
        key = (path.parent.relative_to(folder) / (path.stem if plain else _stem(path.stem))).as_posix()
        if key in found and not plain:
            raise DataError("two masks for one image", where=str(folder), given=f"{found[key].name}, {path.name}")
        found[key] = path
    return found


def _stem(stem: str) -> str:
    return next((stem[: -len(end)] for end in FILE_SUFFIXES if stem.endswith(end)), stem)


def _beside(walked: Walked) -> bool:
    """Whether most images have a file beside them that is named as their mask."""
    stems = {path.with_suffix("") for path in walked.files if is_image(path)}
    masks = [stem for stem in stems if _image_of(stem) in stems]
    return len(masks) > 1 and len(masks) >= SHARED * (len(stems) - len(masks))


def _image_of(stem: Path) -> Path | None:
    plain = _stem(stem.name)
    return stem.with_name(plain) if plain and plain != stem.name else None


def _files_beside(folder: Path) -> tuple[dict[str, Path], dict[str, Path], str]:
    files = [path for path in walk(folder).files if is_image(path)]
    stems = Counter(path.with_suffix("") for path in files)
    images, masks = {}, {}
    for path in files:
        image = _image_of(path.with_suffix(""))
        if image is not None and image in stems:
            masks[image.as_posix()] = path
        else:
            images[path.with_suffix("").as_posix()] = path
    return images, masks, ""
