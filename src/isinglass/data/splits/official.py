"""The parts that a data set came with: its own test part is the sealed one."""

from __future__ import annotations

import numpy as np

from isinglass.data.splits.splits import Parts, Rows, Splitter, roles
from isinglass.errors import SplitError
from isinglass.recipe import SplitRecipe


def sealed(rows: Rows, recipe: SplitRecipe, seed: int) -> Parts:
    """ "test" is TEST, "train" and "valid" are TRAIN: members keep stopping rows of their own."""
    part = np.asarray(rows.coords["part"])
    test = part == "test"
    if not test.any() or test.all():
        given = ", ".join(sorted(set(part.tolist())))
        raise SplitError("the official parts hold no test part beside a training part", where="splits", given=given)
    valid = int((part == "valid").sum())
    notes = (f"the {valid} samples of the official validation part are trained on: each member draws its own",)
    return Parts(roles(test[None]), rows.ids, notes if valid else ())


def folds(rows: Rows, recipe: SplitRecipe, count: int, seed: int) -> Parts:
    """Official parts are not folds."""
    raise SplitError(
        "official parts are one sealed test part",
        where="splits.scheme",
        given="folds",
        instead="kind = 'stratified' or 'random' for folds.",
    )


SPLITTER = Splitter(sealed, folds, needs=("part",))
