"""Tuning: settings tried side by side on inner folds of the training rows, the best one fitted and judged once."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.splits import Splits, split
from isinglass.errors import UsageError
from isinglass.learning.members import Member
from isinglass.learning.search.record import Record, recorded
from isinglass.learning.search.search import Assemble, Search, SearchTick
from isinglass.recipe import Recipe
from isinglass.spec import Role
from isinglass.workbench import run_folder
from isinglass.workbench.assembly import Assembly, assemble, resolved
from isinglass.workbench.events import Event, Note, Stage, Study, Ticked, done_of, ticked
from isinglass.workbench.prepare import Prepared, prepare
from isinglass.workbench.study import study

OPTIMISTIC = (
    "the settings were chosen on rows that are also scored, since too few groups leave no sealed test part: the score"
    " is a little too good"
)


def tune(
    recipe: Recipe,
    *,
    out: Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    report: bool = True,
    dataset: Dataset | None = None,
) -> Generator[Event, None, Study]:
    """Search, then a study with the winner's settings: yields events, returns the study, which has the trials.

    The search sees the training rows of the sealed scheme only; they are divided again into inner folds of the same
    kind. Where groups are too few for a sealed test part, all rows are searched and a warning says so.

    Args:
        recipe: with a [search] table.
        out: folder of the results, and of what is found on the way; None: nothing is written.
        overwrite: replace earlier results in it. They stay as they are until the new ones are complete.
        resume: go on with the search that was broken off there; `recipe` is what `broken_off` returns.
        report: write report.html.
        dataset: rows in memory, instead of the recipe's source.

    Raises:
        UsageError: the recipe has no [search], or the folder holds a study. RecipeError: the space cannot be searched.
        CheckpointError: what was saved is damaged or of other data.
    """
    if recipe.search is None or not recipe.search.space:
        raise UsageError("nothing to tune", where="search.space", instead="a [search] table with a space.")
    run_folder.require_free(out, replaceable=overwrite or resume)
    yield Stage("reading", recipe.data.source)
    found = prepare(recipe, dataset)
    with run_folder.held(out), run_folder.cleared_on_failure(out):
        record = run_folder.begin_search(out, recipe, data=found.dataset.fingerprint, resume=resume)
        search = search_of(found, recipe, record)
        yield Stage(
            "searching",
            f"{len(search.settings)} settings x {recipe.search.folds} folds x {recipe.search.members} networks",
        )
        for tick in search:
            yield _told(tick)
        best = recipe.replace(search.winner.values, where="search.space")
    yield Note(f"best of {len(search.settings)} settings: {_shown(search.winner.values)}")
    notes = () if found.splits.scheme == "sealed" else (OPTIMISTIC,)
    rows = replace(found.dataset, notes=(*found.dataset.notes, *notes))
    going_on = resume and out is not None and run_folder.resumable(out)
    fitting = study(best, out=out, overwrite=overwrite or resume, resume=going_on, report=report, dataset=rows)
    return replace((yield from fitting), trials=tuple(search.trials))


def broken_off(out: Path) -> Recipe | None:
    """The recipe of the search that was broken off in a folder; None where there is none.

    Raises:
        CheckpointError: it cannot be read.
    """
    return recorded(out / run_folder.SEARCH) if run_folder.searching(out) else None


def search_of(found: Prepared, recipe: Recipe, record: Record | None) -> Search:
    """The search of a recipe on the training rows of a study."""
    assert recipe.search is not None
    pool, inner = inner_folds(found, recipe.search.folds)
    return Search(recipe, _assembler(pool, inner), seed=recipe.learning.seed, record=record)


def inner_folds(found: Prepared, count: int) -> tuple[Dataset, Splits]:
    """The rows that may be searched, and so many inner folds of them, of groups fewer where these are few."""
    sealed = found.splits.scheme == "sealed"
    rows = np.flatnonzero(found.splits.role[0] == Role.TRAIN) if sealed else np.arange(len(found.dataset))
    pool = found.dataset.take(rows)
    if found.splits.kind == "group":
        count = min(count, len(np.unique(pool.coords["group"])))
    parts = found.recipe.splits.model_copy(update={"kind": found.splits.kind, "scheme": "folds", "folds": count})
    return pool, split(pool, parts, seed=found.recipe.learning.seed)


def _assembler(pool: Dataset, inner: Splits) -> Assemble:
    """How a cohort is assembled: as a fit would be on these rows."""

    def assembled(recipe: Recipe, members: Sequence[Member]) -> Assembly:
        return assemble(resolved(recipe, pool), pool, inner, members)

    return assembled


def _told(found: SearchTick) -> Ticked:
    within = (found.cohort + done_of(found.tick)) / found.cohorts
    return replace(ticked(found.tick, found.members), done=(found.round + within) / found.rounds)


def _shown(values: dict[str, object]) -> str:
    return ", ".join(
        f"{key} = {value:.4g}" if isinstance(value, float) else f"{key} = {value}" for key, value in values.items()
    )
