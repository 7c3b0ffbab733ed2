"""New images for a model: read, turned and resized as the study's own were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import image_ids
from isinglass.data.images.folders import is_image
from isinglass.data.images.masks.coding import StrangeValueError
from isinglass.data.images.masks.lookup import masks_beside
from isinglass.data.images.rows import read_images
from isinglass.data.images.schema import ImageSchema
from isinglass.data.rows import Asked, Labelled, Rows
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe
from isinglass.spec import Task


@dataclass(frozen=True)
class Images:
    """See `Reader`.

    Args:
        schema: of the model.
        recipe: its [data].
        load: opens a source that has targets, of whatever kind it is: `kinds.opening.load`.
    """

    schema: ImageSchema
    recipe: DataRecipe
    load: Callable[..., Dataset]

    def asked(self, rows: Rows) -> Asked:
        """Images [sample, channel, height, width], known by their files; those that cannot be used are named."""
        found = read_images(rows, self.schema, self.recipe)
        return Asked(found.inputs, found.files, found.problems, where=_name(rows), known=found.known)

    def labelled(self, rows: Rows) -> Labelled:
        """Images with their classes, numbers or masks; of a source with official parts, its test part alone."""
        dataset = self._dataset(rows)
        part = dataset.coords.get("part")
        if part is not None and (part == "test").any():
            dataset = dataset.take(np.flatnonzero(part == "test"))
        targets = self._translated(dataset)
        group = dataset.coords.get("group", np.arange(len(dataset)))
        return Labelled(dataset.inputs, targets, dataset.weights, group, image_ids(dataset.inputs), dataset.notes)

    def _dataset(self, rows: Rows) -> Dataset:
        size = self.recipe.size if self.recipe.patch else (self.schema.height, self.schema.width)
        changes: dict[str, object] = {"source": str(rows), "size": size, "channels": self.schema.read}
        if isinstance(rows, (str, Path)):
            self._require_several(Path(rows).expanduser())
            changes["masks"] = masks_beside(str(rows), self.recipe)
        try:
            if not isinstance(rows, (str, Path)):
                raise DataError("an array has no targets", where="the images")
            found = self.load(self.recipe.model_copy(update=changes), learnt=self.schema)
        except StrangeValueError:
            raise
        except DataError as error:
            read_images(rows, self.schema, self.recipe)  # says itself what is wrong with the images
            raise DataError(
                f"these images have no targets that the model knows: nothing to score ({error.what})",
                where=_name(rows),
                instead=self._layout,
            ) from None
        if found.schema.kind != self.schema.kind:  # a table of images' names, of a model that learnt from folders
            raise DataError("the model is of images, and this is a table", where=_name(rows), instead=self._layout)
        return found

    @property
    def _layout(self) -> str:
        """Where targets of new images are looked for."""
        if self.recipe.images:
            return f"a table with the column '{self.recipe.images}' of files and with the targets."
        if self.schema.task is Task.SEGMENTATION:
            return "a folder with images/ and masks/ in it, or the layout of the training data."
        return "a folder for each class, named as in training, or the layout of the training data."

    def _require_several(self, path: Path) -> None:
        if is_image(path):
            raise DataError("an image alone has no target: nothing to score", where=str(path), instead=self._layout)

    def _translated(self, dataset: Dataset) -> np.ndarray:
        """The targets with the study's own numbers of the classes."""
        theirs, ours = dataset.schema.classes, self.schema.classes
        if dataset.schema.task is not self.schema.task:
            raise DataError(f"the model is for {self.schema.task}", where=dataset.name, given=str(dataset.schema.task))
        if self.schema.task is not Task.CLASSIFICATION or theirs == ours:
            return dataset.targets
        strange = sorted(set(theirs) - set(ours))
        if strange:
            raise DataError("classes that the model does not know", where=dataset.name, given=strange[0], allowed=ours)
        return np.array([ours.index(name) for name in theirs], np.float64)[dataset.targets.astype(np.int64)]


def _name(rows: Rows) -> str:
    return str(rows) if isinstance(rows, (str, Path)) else "the images"
