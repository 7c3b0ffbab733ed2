"""The dotted keys of a recipe."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from isinglass.recipe.section import Section


def keys_of(section: type[BaseModel], prefix: str = "") -> list[str]:
    """All dotted keys of a table and those within it, in order."""
    found: list[str] = []
    for name, field in section.model_fields.items():
        inner = next((a for a in _annotations(field.annotation) if _is_section(a)), None)
        found += keys_of(inner, f"{prefix}{name}.") if inner else [f"{prefix}{name}"]
    return found


def _annotations(annotation: Any) -> tuple[Any, ...]:
    return (
        (annotation, *getattr(annotation, "__args__", ()))
        if getattr(annotation, "__origin__", None) is not tuple
        else ()
    )


def _is_section(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Section)
