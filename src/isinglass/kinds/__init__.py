"""What differs between kinds of data: `KINDS` is the only place that knows it.

Rooms below get what they need handed in: a `Spec` with the axes of a sample, a value of the data set. The model and the
workbench look a kind up by `schema.kind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from isinglass.errors import ModelFileError
from isinglass.kinds.image import ImageKind
from isinglass.kinds.kind import Changes as Changes
from isinglass.kinds.kind import DataKind as DataKind
from isinglass.kinds.table import TableKind
from isinglass.recipe import DataRecipe

KINDS: dict[str, DataKind] = {"table": TableKind(), "image": ImageKind()}
"""By name. A source belongs to the last kind that claims it; tables claim what is left."""


def kind_of(recipe: DataRecipe) -> DataKind:
    """The kind of a recipe's source, in whose recipe the defaults of its data set are filled in."""
    return next(kind for kind in reversed(KINDS.values()) if kind.holds(recipe))


def kind_of_document(document: Mapping[str, Any]) -> DataKind:
    """The kind of a schema in a model file; files of version 0.1.0 name none, and only images have a height.

    Raises:
        ModelFileError: a kind that this version does not know.
    """
    name = document.get("kind", "image" if "height" in document else "table")
    if name not in KINDS:
        raise ModelFileError("no such kind of data", given=name, allowed=KINDS, instead="a newer isinglass.")
    return KINDS[name]
