"""Predicted masks as files: one PNG of class numbers an image and head, and how sure each pixel is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from isinglass.errors import UsageError

if TYPE_CHECKING:
    from isinglass.learning.segmentation import Segmented
    from isinglass.model import Model
    from isinglass.model.reading import Asked

DOUBT = "doubt"


def claim_folder(out: str, *, overwrite: bool) -> Path:
    """The folder for the masks. Raises UsageError where none is named or one with files is there."""
    if out == "-":
        raise UsageError("masks are written as images", instead="-o FOLDER")
    folder = Path(out)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not overwrite):
        raise UsageError("there are files already", where=out, instead="--overwrite, or another folder.")
    return folder


def write_masks(model: Model, rows: Asked, folder: Path) -> int:
    """Write `NAME.png` with the most probable class of each pixel (several heads: `HEAD/NAME.png`), and
    `doubt/NAME.png` with the entropy, 255 where all classes are equally probable. Returns the number of images."""
    from PIL import Image

    from isinglass.evaluation.masks import doubt_of

    heads, count = model.schema.targets, 0
    for name, place, found in _images(model, rows):
        plain = Path(name).with_suffix("").as_posix().replace("/", "_")
        for k, head in enumerate(heads):
            inner = folder / head.name if len(heads) > 1 else folder
            (doubt,) = doubt_of(found.probabilities[k][[place]], [len(head.categories)])[0]
            _save(Image.fromarray(found.classes[place, k]), inner / f"{plain}.png")
            _save(Image.fromarray((255 * doubt).astype(np.uint8)), inner / DOUBT / f"{plain}.png")
        count += 1
    return count


def _images(model: Model, rows: Asked) -> Iterator[tuple[str, int, Segmented]]:
    for names, found in model.segment(rows):
        for place, name in enumerate(names):
            yield str(name), place, found


def _save(image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
