"""Predicted masks as files: one PNG of class numbers an image and head, and how sure each pixel is."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from isinglass.data.images.masks.coding import nothing, written
from isinglass.data.images.masks.files import VOID
from isinglass.data.images.masks.forms import name_of
from isinglass.data.images.schema import Coding, ImageSchema
from isinglass.errors import DataError
from isinglass.evaluation.report.masks import doubt_of
from isinglass.model.predicted_maps import MapPrediction
from isinglass.model.scenes import Scene, scenes_of

if TYPE_CHECKING:
    from isinglass.model.model import Model

DOUBT = "doubt"


def predict_masks(model: Model, data: str, folder: Path) -> Generator[str, None, int]:
    """Write `NAME.png` with the most probable class of each pixel, in the values of the training masks (several heads:
    `HEAD/NAME.png` of class numbers), and `doubt/NAME.png` with the entropy, 255 where all classes are equally probable
    or there is no data. Scenes that are larger than what the model learnt from are predicted tile by tile, in their own
    size.

    Args:
        model: of masks.
        data: images or scenes.
        folder: where the masks go; made where it is missing.

    Returns:
        The number of images; yields notes on the way.

    Raises:
        DataError: no image can be used.
    """
    scenes, count, gaps = scenes_of(model, data), 0, 0
    if scenes is not None:
        yield from (*scenes.files.problems, scenes.words)
    for found in _images(model, data) if scenes is None else scenes.predict():
        if isinstance(found, str):
            yield found
            continue
        _write(model, found, folder)
        count, gaps = count + 1, gaps + bool((found.classes == VOID).any())
    if not count:
        raise DataError("no image can be used", where=data)
    if gaps:
        coding = _coding(model)
        value = name_of(nothing(coding), coding.form)
        yield f"{gaps} of {count} masks have the value {value} where there is no data"
    return count


def _coding(model: Model) -> Coding:
    """That of the training masks; of several heads, and of model files of version 0.1, the classes' numbers."""
    assert isinstance(model.schema, ImageSchema)
    return model.schema.coding or Coding(tuple(range(VOID)))


def _write(model: Model, found: Scene, folder: Path) -> None:
    from PIL import Image

    plain, heads = Path(found.name).with_suffix("").as_posix().replace("/", "_"), model.schema.targets
    coding = _coding(model)
    for k, head in enumerate(heads):
        inner = folder / head.name if len(heads) > 1 else folder
        _save(Image.fromarray(written(found.classes[k], coding)), inner / f"{plain}.png")
        _save(Image.fromarray(found.doubt[k]), inner / DOUBT / f"{plain}.png")


def _images(model: Model, data: str) -> Iterator[Scene | str]:
    """Images in the size of training, after notes on them."""
    asked = model.reader.asked(data)
    yield from asked.notes
    heads = [len(head.categories) for head in model.schema.targets]
    for names, found in MapPrediction(model.ensemble, asked):
        doubt = doubt_of(np.concatenate(found.probabilities, axis=1), heads)
        doubt = (255 * np.nan_to_num(doubt, nan=1.0)).astype(np.uint8)
        yield from (Scene(str(name), *one) for name, *one in zip(names, found.classes, doubt, strict=True))


def _save(image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
