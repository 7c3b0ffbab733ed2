"""From a recipe to a Dataset, whatever kind of data its source holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from isinglass.data.catalogue import CATALOGUE, complete, shadowed
from isinglass.data.dataset import Dataset
from isinglass.kinds import KINDS, kind_of
from isinglass.recipe import DataRecipe


def load(recipe: DataRecipe, *, learnt: Any = None) -> Dataset:
    """Read the source of a recipe: a file, a folder, or a data set of the catalogue (whose defaults fill the recipe's
    gaps). Targets are read as a model has `learnt` them, by its schema, where there is one.

    Raises:
        DataError: the file, a row or a column cannot be used; the message says which and what to do.
    """
    full = complete(recipe)
    make = CATALOGUE[full.source].make if full.source in CATALOGUE else None
    if make is None:
        found = kind_of(full).read(full, learnt=learnt)
    else:
        found = make()
        found = KINDS[found.schema.kind].cut(found, full)
    return replace(found, notes=(*shadowed(full.source), *found.notes))
