"""Dividing rows into parts that never mix: the sealed test part, or folds in which every row is tested once.

To add a kind: write a file with a `Splitter` and name it in `SPLITTERS`; the contract test covers it at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from isinglass.data.splits import blocks, group, official, random, rare, stratified, time
from isinglass.data.splits.duplicates import part_copies, repeats
from isinglass.data.splits.masks import unseen_in_masks
from isinglass.data.splits.splits import FEWEST as FEWEST
from isinglass.data.splits.splits import Parts as Parts
from isinglass.data.splits.splits import Rows as Rows
from isinglass.data.splits.splits import Splits as Splits
from isinglass.data.splits.splits import Splitter as Splitter
from isinglass.errors import SplitError
from isinglass.recipe import SplitRecipe
from isinglass.spec import Role, Task

SPLITTERS: dict[str, Splitter] = {
    "random": random.SPLITTER,
    "stratified": stratified.SPLITTER,
    "group": group.SPLITTER,
    "time": time.SPLITTER,
    "blocks": blocks.SPLITTER,
    "official": official.SPLITTER,
}

FEW = 20
"""Fewer groups or blocks than this are too few for one sealed test part: its score would hang on three or four."""

TESTED = 10
"""Fewer sealed test rows than this make a score that hangs on single ones."""

FOLDS = 5
FEWEST_TRAINED = 4
"""With fewer training groups than this too few can be kept out of a member's bag: rows are drawn instead."""


def split(dataset: Any, recipe: SplitRecipe, *, seed: int) -> Splits:
    """Divide a data set as the recipe says; "auto" looks at what is declared.

    Kind "auto": official parts mean "official", a group column means "group", a time column "time", latitude and
    longitude "blocks", classes "stratified", else "random". Scheme "auto": folds where a number of folds is asked for,
    where groups (blocks) are fewer than 20, or where a sealed part would test too few groups or too few rows of a rare
    class (see `rare`); else one sealed test part.
    The parts depend on the content of the rows and on the seed, not on the order of the rows.

    Args:
        dataset: a Dataset, or anything with its `ids`, `targets`, `schema.task` and `coords`.
        recipe: the recipe's [splits].
        seed: any whole number.

    Raises:
        SplitError: fewer groups, rows of a class or times than folds; nothing left to train on; a coordinate missing.
    """
    rows = Rows.of(dataset)
    kind = recipe.kind if recipe.kind != "auto" else choose(rows)
    splitter = SPLITTERS[kind]
    _check(rows, kind, splitter, recipe)
    scheme, count, notes = _scheme(rows, splitter, recipe)
    parts = splitter.sealed(rows, recipe, seed) if scheme == "sealed" else splitter.folds(rows, recipe, count, seed)
    if scheme == "sealed" and recipe.scheme == "auto" and (found := rare.folds_for(rows, parts, kind)):
        scheme, (count, reason) = "folds", found
        parts, notes = splitter.folds(rows, recipe, count, seed), (*notes, reason)
    # Where the rows themselves are the units, equal rows are in one part already.
    role, copied = (parts.role, ()) if parts.units is rows.ids else part_copies(parts.role, rows.ids)
    units = _units(rows, parts)
    drawn, bagged = _drawn(rows, units, role)
    told = (*repeats(role, rows.ids), *_tested(role, kind, scheme), *_judged(rows, units, role), *_unseen(rows, role))
    told = (*notes, *parts.notes, *copied, *bagged, *told, *rare.few_tested(rows, role))
    return Splits(role.astype(np.int8), kind, scheme, told, units, drawn)


def choose(rows: Rows) -> str:
    """The kind of split that "auto" stands for."""
    if "part" in rows.coords and "test" in rows.coords["part"]:
        return "official"
    if "group" in rows.coords:
        return "group"
    if "time" in rows.coords:
        return "time"
    if {"latitude", "longitude"} <= set(rows.coords) and blocks.whole(rows, SplitRecipe()) > 1:
        return "blocks"
    return "stratified" if rows.task is Task.CLASSIFICATION else "random"


def _check(rows: Rows, kind: str, splitter: Splitter, recipe: SplitRecipe) -> None:
    missing = [name for name in splitter.needs if name not in rows.coords]
    if missing:
        raise SplitError(
            f"a split by {kind} needs the column(s) that hold {' and '.join(missing)}",
            where="splits.kind",
            given=kind,
            instead=" ".join(f"--{name} COLUMN" for name in missing) + ".",
        )
    if len(rows) < 2:
        raise SplitError(f"{len(rows)} row(s) cannot be divided", where="data", instead="give more rows.")
    if recipe.folds == 1:
        raise SplitError("one fold cannot be tested", where="splits.folds", given=1, allowed="2 or more")


def _scheme(rows: Rows, splitter: Splitter, recipe: SplitRecipe) -> tuple[str, int, tuple[str, ...]]:
    """The scheme, the number of folds and a note where the data decided."""
    whole = splitter.whole(rows, recipe) if splitter.whole else None
    few = whole is not None and whole < FEW
    count = recipe.folds or (max(whole, 2) if few and whole else FOLDS)
    if recipe.scheme != "auto":
        return recipe.scheme, count, ()
    if not few:
        return ("folds" if recipe.folds else "sealed"), count, ()
    note = f"{whole} {splitter.unit} are too few for one sealed test part: "
    each = f"each is left out once and predicted by networks that never saw it ({count} folds)"
    several = f"they are divided into {count} folds, each predicted by networks that never saw it"
    return "folds", count, (note + (each if count == whole else several),)


def _units(rows: Rows, parts: Parts) -> np.ndarray:
    """The independent units: the declared groups even where the parts are drawn by row."""
    if "group" in rows.coords and parts.units is rows.ids:
        return group.hash_values(rows.coords["group"])
    return parts.units


def _drawn(rows: Rows, units: np.ndarray, role: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """The units of the members' bags, where they are not the independent ones, with a note."""
    nothing = np.empty(0, np.uint64)
    if units is rows.ids:
        return nothing, ()
    fewest = min(len(np.unique(units[fold == Role.TRAIN])) for fold in role)
    if fewest >= FEWEST_TRAINED:
        return nothing, ()
    few = "1 training group is" if fewest == 1 else f"{fewest} training groups are"
    note = f"{few} too few to keep some out of each member's bag: single rows are drawn instead"
    return rows.ids, (note,)


def _judged(rows: Rows, units: np.ndarray, role: np.ndarray) -> tuple[str, ...]:
    """A note where the tested groups are too few to judge."""
    count = len(np.unique(units[(role == Role.TEST).any(axis=0)]))
    if count >= FEWEST or units is rows.ids:
        return ()
    what = f"{count} independent group{'s' * (count != 1)}"
    return (f"{what} to test: fewer than {FEWEST} give no interval and no verdict",)


def _tested(role: np.ndarray, kind: str, scheme: str) -> tuple[str, ...]:
    count = int((role[0] == Role.TEST).sum())
    if scheme != "sealed" or kind == "official" or count >= TESTED:
        return ()
    rows = "1 row is" if count == 1 else f"{count} rows are"
    folds = min(FOLDS, role.shape[1])
    return (f"only {rows} sealed for the test: the score hangs on single ones; --folds {folds} tests every row once",)


def _unseen(rows: Rows, role: np.ndarray) -> tuple[str, ...]:
    """Notes where a class occurs in the test rows of a fold but not in its training rows, or in no test row."""
    if rows.task is not Task.CLASSIFICATION:
        return unseen_in_masks(rows, role)
    label = rows.targets[:, 0]
    untested = np.setdiff1d(label, label[(role == Role.TEST).any(axis=0)]).astype(int).tolist()
    listed = ", ".join(rows.class_name(value) for value in untested[:5]) + " ..." * (len(untested) > 5)
    silent = (f"no unseen row is of class {listed}: the scores say nothing about it",) if untested else ()
    unseen = {
        int(value)
        for fold in role
        for value in np.setdiff1d(label[fold == Role.TEST], label[fold == Role.TRAIN]).tolist()
    }
    if not unseen:
        return silent
    listed = ", ".join(rows.class_name(value) for value in sorted(unseen)[:5])
    return (
        *silent,
        f"class(es) {listed} occur in test rows but not in the training rows of their fold: not predictable",
    )
