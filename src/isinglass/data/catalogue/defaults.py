"""What a recipe leaves open and its data set knows: target, groups, units."""

from __future__ import annotations

from isinglass.data.catalogue.sets import CATALOGUE
from isinglass.recipe import DataRecipe


def complete(recipe: DataRecipe) -> DataRecipe:
    """Fill what the recipe leaves open with the defaults of its data set; files have none."""
    entry = CATALOGUE.get(recipe.source)
    if entry is None:
        return recipe
    empty = DataRecipe(source=recipe.source)
    gaps = {k: v for k, v in entry.defaults.items() if getattr(recipe, k) == getattr(empty, k)}
    if "drop" in gaps:  # what is named as a feature is not dropped
        gaps["drop"] = tuple(name for name in gaps["drop"] if name not in recipe.features)
    return recipe.model_copy(update=DataRecipe(source=recipe.source, **gaps).model_dump(include=set(gaps)))
