"""A recipe as a starting point: what is set stands in it, every other key as a comment with its default and meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from isinglass.recipe import DataRecipe, Recipe, toml_value

SOMETIMES = ("search",)
"""Tables that most studies do not have."""


def recipe_text(recipe: Recipe, *, name: str) -> str:
    """The commented TOML for a recipe whose source can be opened; `name` is the file that it will stand in.

    Raises DataError for a source that cannot be read or a column that it does not have.
    """
    from isinglass.data.catalogue import complete
    from isinglass.kinds import kind_of

    data = complete(recipe.data)
    (what, *about) = kind_of(data).outline(data)
    use = f"`isinglass check {name}` looks at it, `isinglass fit {name}` runs it."
    head = (f"A study of {what}.", use, "A key behind '#' has the value shown.", *about)
    lines = [*(f"# {line}".rstrip() for line in head), *_section("data", data)]
    for key in Recipe.model_fields:
        if key not in ("data", *SOMETIMES):
            lines += _section(key, getattr(recipe, key))
    return "\n".join(lines) + "\n"


def _section(name: str, section: BaseModel) -> Iterator[str]:
    from isinglass.kinds import kind_of

    yield f"\n[{name}]"
    inner: list[str] = []
    default = type(section).model_fields
    for key, value in section.model_dump(mode="json").items():
        current = getattr(section, key)
        if isinstance(current, BaseModel):
            inner += _section(f"{name}.{key}", current)
        elif value is not None and not _is_table_array(default[key].annotation):
            yield _line(key, value, default[key], chosen=current != default[key].default)
    if isinstance(section, DataRecipe) and not section.target and kind_of(section).named:
        yield '# Set target, as in: target = ["name of a column"]'
    yield from inner


def _line(key: str, value: Any, field: Any, *, chosen: bool) -> str:
    text = f"{'' if chosen else '# '}{key} = {toml_value(value)}"
    return f"{text:<40}  # {field.description}" if field.description else text


def _is_table_array(annotation: Any) -> bool:
    """Whether the key is a list of tables, which has no short default."""
    parts = getattr(annotation, "__args__", ())
    return any(isinstance(part, type) and issubclass(part, BaseModel) for part in parts)
