"""A recipe as a starting point: what is set stands in it, every other key as a comment with its default and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from isinglass.recipe import DataRecipe, Recipe, toml_value

if TYPE_CHECKING:
    from isinglass.data.tables.sources.frame import Table

SOMETIMES = ("search",)
"""Tables that most studies do not have."""


def recipe_text(recipe: Recipe, *, name: str) -> str:
    """The commented TOML for a recipe whose source can be opened; `name` is the file that it will stand in.

    Raises DataError for a source that cannot be read or a column that it does not have.
    """
    from isinglass.data.catalogue import complete, open_source
    from isinglass.data.images.loading import is_image_source
    from isinglass.data.tables.selection import select
    from isinglass.data.tables.sources.layout import layout_of

    data = complete(recipe.data)
    if is_image_source(data):
        lines = [*_head_of_images(data, name), *_section("data", data)]
    else:
        table = open_source(data.source, layout_of(data))
        if data.target:
            select(table.frame.columns, data, where=table.where)
        lines = [*_head(table, name, data), *_section("data", data)]
    for key in Recipe.model_fields:
        if key not in ("data", *SOMETIMES):
            lines += _section(key, getattr(recipe, key))
    return "\n".join(lines) + "\n"


def _head_of_images(data: DataRecipe, name: str) -> Iterator[str]:
    from isinglass.data.images.loading import find_images

    found = find_images(data)
    yield f"# A study of {data.source}: {len(found.names)} images."
    yield f"# `isinglass check {name}` looks at them, `isinglass fit {name}` runs it."
    yield "# A key behind '#' has the value shown."
    for column in found.columns:
        labels = f": {', '.join(column.categories[:12])}" if column.categories else ""
        yield f"# Target: {column.name}{labels}"


def _head(table: Table, name: str, data: DataRecipe) -> Iterator[str]:
    yield f"# A study of {table.where}: {table.frame.height} rows."
    yield f"# `isinglass check {name}` looks at it, `isinglass fit {name}` runs it."
    yield "# A key behind '#' has the value shown."
    yield "#"
    yield "# Columns, and what they seem to be:"
    described = list(_columns(table, data))
    width = max(len(column) for column, _, _ in described)
    for column, kind, missing in described:
        yield f"#   {column:<{width}}  {kind:<12} {missing}".rstrip()


def _columns(table: Table, data: DataRecipe) -> Iterator[tuple[str, str, str]]:
    from isinglass.data.tables.columns import infer_kind, read_headers
    from isinglass.data.tables.parsing import typed
    from isinglass.data.tables.selection import order_of

    for header in read_headers(table.frame.columns):
        series = typed(table.frame[header.text], where=table.where, order=order_of(data))
        missing = f"{series.null_count()} missing" if series.null_count() else ""
        unit = f" [{header.unit}]" if header.unit else ""
        yield header.name + unit, infer_kind(series) or "not usable", missing


def _section(name: str, section: BaseModel) -> Iterator[str]:
    from isinglass.data.images.loading import is_image_source

    yield f"\n[{name}]"
    inner: list[str] = []
    default = type(section).model_fields
    for key, value in section.model_dump(mode="json").items():
        current = getattr(section, key)
        if isinstance(current, BaseModel):
            inner += _section(f"{name}.{key}", current)
        elif value is not None and not _is_table_array(default[key].annotation):
            yield _line(key, value, default[key], chosen=current != default[key].default)
    if isinstance(section, DataRecipe) and not section.target and not is_image_source(section):
        yield '# Set target, as in: target = ["name of a column"]'
    yield from inner


def _line(key: str, value: Any, field: Any, *, chosen: bool) -> str:
    text = f"{'' if chosen else '# '}{key} = {toml_value(value)}"
    return f"{text:<40}  # {field.description}" if field.description else text


def _is_table_array(annotation: Any) -> bool:
    """Whether the key is a list of tables, which has no short default."""
    parts = getattr(annotation, "__args__", ())
    return any(isinstance(part, type) and issubclass(part, BaseModel) for part in parts)
