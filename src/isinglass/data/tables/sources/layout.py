"""What is known of a table before it is opened: what the recipe says, and what a model has learnt of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isinglass.recipe import DataRecipe
from isinglass.spec import Kind


@dataclass(frozen=True)
class Layout:
    """How a text table is to be read.

    Args:
        header: "auto", "first" (the first line holds the names) or "none" (it is a row).
        names: of the columns, where the file does not tell them.
        absent: names among them that new rows may lack: the targets.
        decimal: "auto", "point" or "comma": the decimal mark of the file.
        learnt: a model reads new rows.
        known: by name, the decimal marks "." and "," of columns that a model has learnt, with a semicolon before where
            the training rows stood in a file of semicolons or tabs.
        texts: names of columns whose cells stay as they are: categories, groups.
    """

    header: str = "auto"
    names: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    decimal: str = "auto"
    learnt: bool = False
    known: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()


UNKNOWN = Layout()
"""Nothing is known."""


def layout_of(recipe: DataRecipe, *, known: Mapping[str, str] | None = None) -> Layout:
    """What a recipe says of a table; with the decimal marks that a model knows, those of the recipe are not asked:
    they were those of the training file."""
    categories = {name for name, kind in recipe.kinds.items() if kind in (Kind.CATEGORICAL, Kind.BOOLEAN)}
    return Layout(
        header=recipe.header,
        names=recipe.names,
        absent=() if known is None else recipe.target,
        decimal="auto" if known is not None else recipe.decimal,
        learnt=known is not None,
        known=known or {},
        texts=frozenset(categories | {recipe.group, recipe.images} - {""}),
    )
