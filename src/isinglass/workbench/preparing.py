"""Reading, dividing and looking for leaks: all that happens before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from isinglass.data.catalogue import complete
from isinglass.data.dataset import Dataset, load
from isinglass.data.leaks import find_leaks
from isinglass.data.splits import Splits, split
from isinglass.evaluation.report import DataPart, SplitPart
from isinglass.recipe import Recipe
from isinglass.workbench.describe import describe_data, describe_splits
from isinglass.workbench.population import resolved


@dataclass(frozen=True)
class Checked:
    """What `check_study` found; nothing was fitted."""

    recipe: Recipe
    data: DataPart
    splits: SplitPart


@dataclass(frozen=True)
class Prepared:
    """A study whose rows are read and divided, ready to be trained."""

    recipe: Recipe
    dataset: Dataset
    splits: Splits
    notes: tuple[str, ...]


def prepare(recipe: Recipe, dataset: Dataset | None = None) -> Prepared:
    """Read, divide and look for leaks.

    Raises:
        DataError, SplitError, LeakError: the rows cannot be used as asked.
    """
    recipe = recipe.model_copy(update={"data": complete(recipe.data)})
    dataset = load(recipe.data) if dataset is None else dataset
    splits = split(dataset, recipe.splits, seed=recipe.learning.seed)
    leaks = find_leaks(dataset, splits)
    named = tuple(target.name for target in dataset.schema.targets)
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"target": named})})
    return Prepared(resolved(recipe, dataset), dataset, splits, (*dataset.notes, *splits.notes, *leaks))


def check_study(recipe: Recipe) -> Checked:
    """Read data and recipe as a fit would, and fit nothing."""
    found = prepare(recipe)
    parts = describe_splits(found.dataset, found.splits, found.recipe)
    parts = replace(parts, role=found.splits.role, notes=found.notes[len(found.dataset.notes) :])
    return Checked(found.recipe, describe_data(found.dataset, found.recipe), parts)
