"""The whole study: read, checked, changed, written."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from isinglass.errors import RecipeError
from isinglass.recipe.augment import AugmentRecipe
from isinglass.recipe.data import DataRecipe, SplitRecipe
from isinglass.recipe.evaluation import EvaluationRecipe
from isinglass.recipe.faults import recipe_error
from isinglass.recipe.keys import keys_of
from isinglass.recipe.learning import LearningRecipe, SearchRecipe
from isinglass.recipe.machine import MachineRecipe
from isinglass.recipe.objective import ObjectiveRecipe
from isinglass.recipe.section import Section
from isinglass.recipe.toml import to_toml


class Recipe(Section):
    """A whole study."""

    data: DataRecipe
    splits: SplitRecipe = SplitRecipe()
    machine: MachineRecipe = MachineRecipe()
    augment: AugmentRecipe = AugmentRecipe()
    objective: ObjectiveRecipe = ObjectiveRecipe()
    learning: LearningRecipe = LearningRecipe()
    search: SearchRecipe | None = None
    evaluation: EvaluationRecipe = EvaluationRecipe()

    def digest(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of the recipe with all defaults filled in."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_toml(self) -> str:
        """The recipe with every default filled in, as TOML that `Recipe.from_toml` reads back unchanged."""
        return to_toml(self.model_dump(mode="json", exclude_none=True))

    @staticmethod
    def from_toml(text: str, *, where: str = "recipe") -> Recipe:
        """Parse and validate. Raises RecipeError that names the key and the nearest allowed one."""
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise RecipeError(f"not valid TOML: {error}", where=where) from None
        return Recipe.from_dict(document, where=where)

    @staticmethod
    def from_file(path: str | Path) -> Recipe:
        """Read a recipe file."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RecipeError(f"the recipe cannot be read: {error}", where=str(path)) from None
        return Recipe.from_toml(text, where=str(path))

    @staticmethod
    def from_dict(document: dict[str, Any], *, where: str = "recipe") -> Recipe:
        """Validate a nested dict."""
        try:
            return Recipe.model_validate(document)
        except ValidationError as error:
            raise recipe_error(error, where, Recipe) from None

    def replace(self, changes: dict[str, Any], *, where: str = "recipe") -> Recipe:
        """A copy with dotted keys set, as in `{"learning.members": 8}` or `{"learning": {"members": 8}}`.

        Raises RecipeError for an unknown key.
        """
        document = self.model_dump(mode="json", exclude_none=True)
        for key, value in changes.items():
            _set(document, str(key), value, where=where)
        return Recipe.from_dict(document, where=where)


def _set(document: dict[str, Any], dotted: str, value: object, *, where: str) -> None:
    *path, last = dotted.split(".")
    if not path and isinstance(value, dict) and isinstance(document.get(last), dict):  # a section, or part of one
        for key, part in value.items():
            _set(document, f"{last}.{key}", part, where=where)
        return
    for step in path:
        document = document.setdefault(step, {})
        if not isinstance(document, dict):
            raise RecipeError("unknown recipe key", where=where, given=dotted, instead=f"'{step}' holds a value")
    document[last] = value


def keys() -> list[str]:
    """All dotted keys of a recipe, in order."""
    return keys_of(Recipe)
