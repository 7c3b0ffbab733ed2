"""New rows as a model's networks see them: of a table by its columns, of images by their pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isinglass.data.images.schema import ImageSchema
from isinglass.data.tables.schema import Schema
from isinglass.model.images import Images
from isinglass.model.rows import Reader
from isinglass.model.tables import Tables
from isinglass.recipe import DataRecipe

READERS: dict[type, Callable[[Any, DataRecipe], Reader]] = {Schema: Tables, ImageSchema: Images}


def reader(schema: Schema | ImageSchema, recipe: DataRecipe) -> Reader:
    """The reader for a model's data."""
    return READERS[type(schema)](schema, recipe)
