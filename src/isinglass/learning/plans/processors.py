"""How many processors there are for us, how many a recipe uses, and whether others use them too."""

from __future__ import annotations

import os

from isinglass.recipe import LearningRecipe


def load() -> float:
    """Programs that wait for a processor, a mean over the last minute; 0 where the system does not say."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def available() -> int:
    """Processors that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def processors(recipe: LearningRecipe) -> int:
    """Threads that are used: the recipe's, but no more than there are processors."""
    return min(recipe.threads or available(), available())


def surplus(recipe: LearningRecipe) -> str | None:
    """What to say of a recipe with more threads than processors; None for others."""
    if recipe.threads <= available():
        return None
    return (
        f"learning.threads = {recipe.threads}, but there are {available()} processors: so many threads are used, since "
        "more would only wait for one another"
    )
