"""All named data sets, what a name stands for, and what a recipe leaves open and its data set knows."""

from __future__ import annotations

import difflib
from pathlib import Path

from isinglass.data.catalogue.bundled import BUNDLED
from isinglass.data.catalogue.downloaded import DOWNLOADED
from isinglass.data.catalogue.entry import Entry
from isinglass.data.catalogue.generated import GENERATED
from isinglass.data.catalogue.images import IMAGES
from isinglass.data.tables.sources.frame import Table
from isinglass.data.tables.sources.layout import UNKNOWN, Layout
from isinglass.data.tables.sources.table import open_table
from isinglass.errors import DataError
from isinglass.recipe import DataRecipe

CATALOGUE: dict[str, Entry] = {**BUNDLED, **GENERATED, **DOWNLOADED, **IMAGES}


def find_entry(name: str) -> Entry:
    """The entry of a name. Raises DataError with the nearest name."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = difflib.get_close_matches(name.lower(), CATALOGUE, n=1, cutoff=0.5)
    raise DataError(
        f"no data set and no file '{name}'",
        allowed=[*sorted(CATALOGUE), "or a path"],
        instead=f"did you mean '{near[0]}'?" if near else None,
    )


def shadowed(source: str) -> tuple[str, ...]:
    """A note where a file or folder has the name of a data set: which one is taken, and how the other is had."""
    if source not in CATALOGUE or not Path(source).exists():
        return ()
    return (f"'{source}' is the named data set; what lies here under this name is './{source}'.",)


def open_source(source: str, layout: Layout = UNKNOWN) -> Table:
    """Open a data set of the catalogue, or a file, of which something may be known.

    Raises:
        DataError: there is neither; the nearest name is suggested.
    """
    is_path = "." in source or "/" in source or "\\" in source or Path(source).exists()
    if source not in CATALOGUE and is_path:
        return open_table(source, layout)
    return find_entry(source).open()


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
