"""What a table holds, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from isinglass.data.catalogue import open_source
from isinglass.data.tables.columns import infer_kind, read_headers
from isinglass.data.tables.parsing import typed
from isinglass.data.tables.selection import order_of, select
from isinglass.data.tables.sources.frame import Table
from isinglass.data.tables.sources.layout import layout_of
from isinglass.recipe import DataRecipe


def outline(recipe: DataRecipe) -> Iterator[str]:
    """How many rows, and what each column seems to be.

    Raises:
        DataError: a source that cannot be read, or a column that it does not have.
    """
    table = open_source(recipe.source, layout_of(recipe))
    if recipe.target:
        select(table.frame.columns, recipe, where=table.where)
    yield f"{table.where}: {table.frame.height} rows"
    yield ""
    yield "Columns, and what they seem to be:"
    described = list(_columns(table, recipe))
    width = max(len(column) for column, _, _ in described)
    for column, kind, missing in described:
        yield f"  {column:<{width}}  {kind:<12} {missing}".rstrip()


def _columns(table: Table, data: DataRecipe) -> Iterator[tuple[str, str, str]]:
    for header in read_headers(table.frame.columns):
        series = typed(table.frame[header.text], where=table.where, order=order_of(data))
        missing = f"{series.null_count()} missing" if series.null_count() else ""
        unit = f" [{header.unit}]" if header.unit else ""
        yield header.name + unit, infer_kind(series) or "not usable", missing
