"""New images for a model: read, turned and resized as the study's own were."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isinglass.data.image_schema import ImageSchema
from isinglass.data.images import read_images  # pyright: ignore
from isinglass.errors import DataError
from isinglass.model.reading import Labelled, Rows
from isinglass.recipe import DataRecipe


@dataclass(frozen=True)
class Images:
    """See `Reader`."""

    schema: ImageSchema
    recipe: DataRecipe

    def inputs(self, rows: Rows) -> tuple[np.ndarray, np.ndarray | None]:
        """Images [sample, channel, height, width], known by their files."""
        found = read_images(rows, self.schema, self.recipe)
        return found.inputs, found.files

    def labelled(self, rows: Rows) -> Labelled:
        """Images with their classes, numbers or masks."""
        found = read_images(rows, self.schema, self.recipe)
        if found.targets is None:
            raise DataError(
                "these images have no targets: nothing to score",
                where=str(rows) if isinstance(rows, str) else "the images",
                instead="a folder for each class, named as in training, or the layout of the training data.",
            )
        count = len(found.inputs)
        return Labelled(found.inputs, found.targets, np.ones(count), np.arange(count))

    def examine(self, rows: Rows) -> tuple[str, ...]:
        """Files that could not be read; they are left out."""
        return tuple(read_images(rows, self.schema, self.recipe).problems)
