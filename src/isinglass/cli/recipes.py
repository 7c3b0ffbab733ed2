"""What the command line says, as a recipe.

Precedence: the recipe file, then named flags, then `--set`. A list flag may be repeated or hold commas; a comma
that belongs to a column's name is written `\\,`. A path in a recipe file is looked for beside the file first.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from isinglass.cli.flags import KEYS, Study
from isinglass.errors import UsageError
from isinglass.recipe import Recipe

LISTS = ("target", "features", "drop")
EXAMPLES = {
    "--kind": "location=categorical",
    "--lags": "temperature=1,2,7",
    "--set": "learning.batch=32",
    "--try": "learning.optimizer.rate=[0.001,0.01]",
}


def recipe_from(source: str, flags: Study) -> Recipe:
    """The recipe for `source`, a recipe file (.toml) or data, with the flags applied.

    Raises RecipeError for an unknown key or value, UsageError for flags that contradict one another.
    """
    recipe = _from_file(Path(source)) if source.endswith(".toml") else Recipe.from_dict({"data": {"source": source}})
    return recipe.replace(changes(flags, recipe), where="command line")


def changes(flags: Study, recipe: Recipe) -> dict[str, Any]:
    """Dotted keys that the flags set."""
    if flags.test is not None and flags.folds is not None:
        raise UsageError("--test seals one part, --folds scores by turns", instead="give one of the two.")
    found: dict[str, Any] = {}
    for flag, key in KEYS.items():
        value = getattr(flags, flag)
        if value is not None:
            found[key] = _split(value) if flag in LISTS else value
    if flags.kind:
        kinds = dict(_pair(item, "--kind") for item in flags.kind)
        found["data.kinds"] = {**recipe.data.kinds, **kinds}
    if flags.lags:
        lags = {name: _steps(given) for name, given in (_pair(item, "--lags") for item in flags.lags)}
        found["data.lags"] = {**recipe.data.lags, **lags}
    if flags.test is not None or flags.folds is not None:
        found["splits.scheme"] = "sealed" if flags.folds is None else "folds"
    return found | assignments(flags.settings or [], "--set")


def assignments(texts: list[str], flag: str) -> dict[str, Any]:
    """Each `KEY=VALUE`, the value as TOML reads it or else as plain text."""
    return {key: _value(value) for key, value in (_pair(text, flag) for text in texts)}


def _from_file(path: Path) -> Recipe:
    if not path.exists():
        raise UsageError(
            "there is no such recipe", where=str(path), instead=f"isinglass init DATA -o {path} writes one."
        )
    recipe = Recipe.from_file(path)
    beside = path.parent / recipe.data.source
    return recipe.replace({"data.source": str(beside)}) if beside.exists() else recipe


def _split(values: list[str]) -> list[str]:
    parts = [part.strip().replace("\\,", ",") for value in values for part in re.split(r"(?<!\\),", value)]
    return [part for part in parts if part]


def _steps(text: str) -> list[int]:
    """`1,2,7` as numbers of steps."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and int(part) for part in parts):
        allowed = "whole numbers from 1 on"
        raise UsageError("lags are numbers of steps", where="--lags", given=text, allowed=allowed)
    return [int(part) for part in parts]


def _pair(text: str, flag: str) -> tuple[str, str]:
    # The last '=' for a kind (column names may hold one), the first for a key.
    left, sign, right = text.rpartition("=") if flag in ("--kind", "--lags") else text.partition("=")
    if not sign or not left:
        raise UsageError(f"{flag} needs NAME=VALUE", given=text, instead=f"{flag} {EXAMPLES[flag]}")
    return left.strip(), right.strip()


def _value(text: str) -> Any:
    """`text` as TOML reads it, or as a plain string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
