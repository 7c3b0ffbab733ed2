"""What a source of images holds, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from isinglass.data.images.loading import find_images
from isinglass.recipe import DataRecipe

SHOWN = 12
"""Classes that are named."""


def outline(recipe: DataRecipe) -> Iterator[str]:
    """How many images, and what is known of their targets. Raises DataError."""
    found = find_images(recipe)
    yield f"{recipe.source}: {len(found.names)} images"
    for column in found.columns:
        labels = f": {', '.join(column.categories[:SHOWN])}" if column.categories else ""
        yield f"Target: {column.name}{labels}"
