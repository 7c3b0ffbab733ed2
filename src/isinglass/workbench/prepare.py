"""Reading, dividing and looking for leaks: all that happens before anything is fitted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from isinglass.data.catalogue import complete
from isinglass.data.dataset import Dataset
from isinglass.data.leaks import find_leaks
from isinglass.data.leaks.doubts import Doubt, doubts_of
from isinglass.data.leaks.words import doubt_words
from isinglass.data.splits import Splits, split
from isinglass.errors import DataError, MachineError, RecipeError
from isinglass.evaluation.report import DataPart, SplitPart
from isinglass.kinds import KINDS
from isinglass.kinds.opening import load
from isinglass.learning.image_defaults import rounded
from isinglass.learning.plans.devices import devices_of
from isinglass.machine import Own, build
from isinglass.recipe import Recipe
from isinglass.workbench.assembly import check_laws, objective_of, resolved, shape_of
from isinglass.workbench.data_summary import describe_data, describe_splits
from isinglass.workbench.events import Note, noted
from isinglass.workbench.judging.combination import require_combinable
from isinglass.workbench.judging.costs import require_costs
from isinglass.workbench.judging.scoring import baseline_names, hindrance_of
from isinglass.workbench.notes.adversarial import require_attackable
from isinglass.workbench.notes.extremes import far_notes

BY_ROW = ("random", "stratified")
"""Divisions that ask nothing of a row's neighbours."""


@dataclass(frozen=True)
class Checked:
    """What `check_study` found; nothing was fitted."""

    recipe: Recipe
    data: DataPart
    splits: SplitPart
    doubts: tuple[Doubt, ...] = ()
    hindrance: str = ""


@dataclass(frozen=True)
class Prepared:
    """A study whose rows are read and divided, ready to be trained; with doubts about the division."""

    recipe: Recipe
    dataset: Dataset
    splits: Splits
    notes: tuple[Note, ...]
    own: Own | None = None
    doubts: tuple[Doubt, ...] = ()


def prepare(recipe: Recipe, dataset: Dataset | None = None, *, machine: Own | None = None) -> Prepared:
    """Read, divide, look for leaks, and see whether the recipe can be followed at all.

    Raises:
        RecipeError: it cannot. DataError, SplitError, LeakError: the rows cannot be used as asked.
    """
    recipe = recipe if machine is None else recipe.replace({"machine.kind": "custom"})
    recipe = recipe.model_copy(update={"data": complete(recipe.data)})
    _require_places(recipe)
    dataset = load(recipe.data) if dataset is None else KINDS[dataset.schema.kind].cut(dataset, recipe.data)
    baseline_names(recipe, dataset)
    devices_of(recipe.learning)
    splits = split(dataset, recipe.splits, seed=recipe.learning.seed)
    leaks = find_leaks(dataset, splits)
    named = tuple(target.name for target in dataset.schema.targets)
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update={"target": named})})
    recipe = resolved(recipe, dataset)
    _require_machine(recipe, dataset, machine)
    require_combinable(recipe, dataset)
    _require_counts(recipe, dataset)
    require_costs(recipe, dataset.schema)
    require_attackable(recipe, dataset)
    doubts = doubts_of(dataset, seed=recipe.learning.seed) if splits.kind in BY_ROW else ()
    told = (*far_notes(dataset, recipe), *leaks, *(doubt_words(doubt, dataset.schema.task) for doubt in doubts))
    notes = (*noted(dataset.notes, "data"), *noted((*splits.notes, *told), "division"))
    return Prepared(recipe, dataset, splits, notes, machine, doubts)


def training_words(found: Prepared, after: float) -> str:
    """What is trained, and how long the whole study takes, as far as that is known: `4 networks, about 5 min on two
    quiet processors`, or `16 networks; about 20 s of conventional methods and explanations follow`.

    Args:
        found: the study.
        after: seconds of what follows the training.
    """
    networks, kind = found.splits.folds * int(found.recipe.learning.members), KINDS[found.dataset.schema.kind]
    words, follow = f"{networks} networks", f"about {rounded(after)} of conventional methods and explanations follow"
    if found.recipe.learning.epochs == "auto":
        return f"{words}; {follow}"
    shape = shape_of(found.dataset, objective_of(found.recipe, found.dataset))
    told = kind.duration(found.recipe, shape, found.dataset, networks=networks, after=after)
    return f"{words}, {told}" if told else f"{words}; {follow}"


def _require_places(recipe: Recipe) -> None:
    """Half of a place says nothing of what is near: it would be left unused."""
    named = {"latitude": recipe.data.latitude, "longitude": recipe.data.longitude}
    if all(named.values()) or not any(named.values()):
        return
    missing, other = sorted(named, key=lambda name: bool(named[name]))
    raise RecipeError(
        f"a {other} without a {missing} is no place",
        where=f"data.{missing}",
        instead=f"--{missing} COLUMN as well, or no --{other}.",
    )


def _require_machine(recipe: Recipe, dataset: Dataset, own: Own | None) -> None:
    """One network is built and thrown away: a machine that cannot be built is a fault of the recipe."""
    shape = shape_of(dataset, objective_of(recipe, dataset))
    try:
        build(recipe.machine, shape, seed=recipe.learning.seed, task=dataset.schema.task, own=own)
    except MachineError as error:
        words = {name: getattr(error, name) for name in ("where", "given", "allowed", "instead")}
        raise RecipeError(error.what, **words) from None


def _require_counts(recipe: Recipe, dataset: Dataset) -> None:
    """A Poisson loss is for counts: none may be negative."""
    if objective_of(recipe, dataset).loss.name != "poisson":
        return
    for column, values in zip(dataset.schema.targets, dataset.targets.T, strict=True):
        wrong = np.flatnonzero(values < 0)
        if len(wrong):
            place = wrong[0] if dataset.rows is None else dataset.rows[wrong[0]] - 1
            raise DataError(
                f"a negative count ({len(wrong)} such cells)" if len(wrong) > 1 else "a negative count",
                where=f"{dataset.name}, row {place + 1}, column '{column.name}'",
                given=values[wrong[0]],
                instead="a loss for real numbers, such as 'squared'.",
            )


def check_study(recipe: Recipe) -> Checked:
    """Read data and recipe as a fit would, and fit nothing."""
    found = prepare(recipe)
    laws = check_laws(objective_of(found.recipe, found.dataset), found.dataset)
    told = tuple(note.text for note in found.notes if note.origin != "data")
    parts = describe_splits(found.dataset, found.splits, found.recipe)
    parts = replace(parts, role=found.splits.role, notes=(*told, *laws))
    hindrance = hindrance_of(found.dataset, found.splits)
    return Checked(found.recipe, describe_data(found.dataset, found.recipe), parts, found.doubts, hindrance)
