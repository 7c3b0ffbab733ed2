"""From an estimator's arguments to a recipe."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from isinglass.recipe import Recipe

KEYS = {
    "n_estimators": "learning.members",
    "hidden": "machine.hidden",
    "activation": "machine.activation",
    "dropout": "machine.dropout",
    "normalization": "machine.normalization",
    "loss": "objective.loss",
    "optimizer": "learning.optimizer.kind",
    "learning_rate": "learning.optimizer.rate",
    "weight_decay": "learning.optimizer.weight_decay",
    "epochs": "learning.epochs",
    "batch_size": "learning.batch",
    "patience": "learning.patience",
    "max_samples": "splits.in_bag",
    "calibrate": "evaluation.calibrate",
    "plan": "learning.plan",
    "threads": "learning.threads",
}
"""Arguments and the dotted keys of the recipe that they set."""

DEPRECATED = "deprecated"
ALIASES = {"members": "n_estimators", "rate": "learning_rate", "batch": "batch_size", "in_bag": "max_samples"}
"""Earlier names of arguments, and scikit-learn's spellings that took their place in version 0.2."""


def recipe_of(arguments: Mapping[str, Any], *, seed: int, where: str) -> Recipe:
    """The recipe that an estimator's arguments ask for; `settings` has the last word.

    Raises:
        RecipeError: an unknown key in `settings`, or a value that the recipe does not allow.

    Warns:
        FutureWarning: an argument by its earlier name, which still counts.
    """
    arguments = _by_present_names(arguments, where)
    wanted = {key: plain(arguments[name]) for name, key in KEYS.items()}
    wanted["learning.seed"] = seed
    settings = {key: plain(value) for key, value in (arguments["settings"] or {}).items()}
    return Recipe.from_dict({"data": {"source": "table"}}).replace(wanted | settings, where=where)


def _by_present_names(arguments: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    given = {old: arguments[old] for old in ALIASES if not _is(arguments[old], DEPRECATED)}
    for old in given:
        words = f"{where}({old}=...) is now {where}({ALIASES[old]}=...), as scikit-learn spells it"
        warnings.warn(words, FutureWarning, stacklevel=4)
    return {**arguments, **{ALIASES[old]: value for old, value in given.items()}}


def _is(value: Any, word: str) -> bool:
    return isinstance(value, str) and value == word


def seed_of(random_state: Any) -> int:
    """A whole number is the seed itself; a `RandomState`, or None for numpy's global one, gives the next one."""
    generator = check_random_state(random_state)
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(generator.randint(np.iinfo(np.int32).max))


def plain(value: Any) -> Any:
    """Numbers and arrays of numpy, as searches over settings hand them out, as Python's own."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value
