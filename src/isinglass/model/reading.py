"""New rows as a model's networks see them: of a table by its columns, of images by their pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from isinglass.data.image_schema import ImageSchema
from isinglass.data.schema import Schema
from isinglass.recipe import DataRecipe

Rows = Any
"""A path, a catalogue name, a pandas, polars or pyarrow table, a dict of columns, or an array [sample, column]; images
as a folder, a file, an archive or an array [sample, height, width(, channel)]."""


@dataclass(frozen=True)
class Labelled:
    """Rows with what was observed there; those without a target are left out.

    inputs: as `Reader.inputs`; targets: [sample, out]; weights, groups: [sample].
    """

    inputs: np.ndarray
    targets: np.ndarray
    weights: np.ndarray
    groups: np.ndarray


class Reader(Protocol):
    """How rows are read for one kind of data."""

    def inputs(self, rows: Rows) -> tuple[np.ndarray, np.ndarray | None]:
        """The networks' inputs, and where each came from (files) or None. Raises DataError."""
        ...

    def labelled(self, rows: Rows) -> Labelled:
        """Inputs and targets. Raises DataError where there are no targets."""
        ...

    def examine(self, rows: Rows) -> tuple[str, ...]:
        """What one should know of these rows before one trusts their predictions."""
        ...


def reader(schema: Schema | ImageSchema, recipe: DataRecipe) -> Reader:
    """The reader for a model's data."""
    make: Callable[[], Reader]
    if isinstance(schema, ImageSchema):
        from isinglass.model.images import Images

        make = partial(Images, schema, recipe)
    else:
        from isinglass.model.tables import Tables

        make = partial(Tables, schema, recipe)
    return make()
