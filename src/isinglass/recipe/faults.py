"""What is wrong with a recipe, in its own words: keys and TOML, not pydantic's types."""

from __future__ import annotations

import difflib
import re
from typing import Any, get_args

from pydantic import ValidationError

from isinglass.errors import RecipeError
from isinglass.recipe.keys import keys_of
from isinglass.recipe.section import Section

TRIED = re.compile(r"^(constrained-)?(int|float|str|dict)$|\[")
"""Steps of pydantic's path that say which of several types it tried: no part of the key."""

EXPECTED = {
    "model_type": "a table of keys",
    "tuple_type": "a list",
    "dict_type": "a table",
    "missing": "given: it is needed",
}
"""What pydantic says in Python's words, in TOML's."""


def recipe_error(error: ValidationError, where: str, whole: type[Section]) -> RecipeError:
    """The first fault that pydantic found, as an error that speaks of keys; an unknown key comes before all others."""
    faults = error.errors()
    first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
    location = ".".join(str(step) for step in first["loc"] if not TRIED.search(str(step)))
    if first["type"] == "extra_forbidden":
        return _unknown_key(location, first["input"], where, whole)
    same = [fault for fault in faults if fault["input"] is first["input"]]
    wanted = " or ".join(dict.fromkeys(EXPECTED.get(fault["type"], _wanted(fault["msg"])) for fault in same))
    return RecipeError(f"{location}: should be {wanted}", where=where, given=repr(first["input"]))


def _wanted(message: str) -> str:
    return message.removeprefix("Input should be ").split(", ", maxsplit=1)[0] if "'" not in message else message[16:]


def _unknown_key(location: str, value: object, where: str, whole: type[Section]) -> RecipeError:
    if beside := _beside(location, whole):
        near = difflib.get_close_matches(location.rsplit(".", 1)[-1], beside, n=1, cutoff=0.5)
        cure = f"did you mean '{near[0]}'?" if near else None
        return RecipeError("unknown recipe key", where=where, given=location, allowed=beside, instead=cure)
    near = [key for key in keys_of(whole) if key.rsplit(".", 1)[-1] == location.rsplit(".", 1)[-1]][:1]
    if isinstance(value, dict) and "." not in location:
        near = difflib.get_close_matches(location, whole.model_fields, n=1, cutoff=0.5)
        location = f"[{location}]"
    near = near or difflib.get_close_matches(location, keys_of(whole), n=1, cutoff=0.5)
    cure = f"did you mean '{near[0]}'?" if near else "see `isinglass schema` for all keys."
    return RecipeError("unknown recipe key", where=where, given=location, instead=cure)


def _beside(location: str, whole: type[Section]) -> list[str]:
    """The keys of one table of a list of tables, for `objective.constraints.0.low`; empty for other keys."""
    *above, _ = location.split(".")
    section: type[Section] | None = whole
    for step in above if any(step.isdigit() for step in above) else ():
        if section is None or step.isdigit():
            continue
        field = section.model_fields.get(step)
        section = None if field is None else _section_in(field.annotation)
    return [] if section is None or section is whole else list(section.model_fields)


def _section_in(annotation: Any) -> type[Section] | None:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _section_in(inner))), None)
