"""Classes of masks that the test holds and the training does not, or the other way round."""

from __future__ import annotations

import numpy as np

from isinglass.data.splits.splits import Rows
from isinglass.spec import Role

VOID = 255
SHOWN = 5


def unseen_in_masks(rows: Rows, role: np.ndarray) -> tuple[str, ...]:
    """Notes on the classes of the first mask. `role` is int8 [fold, sample]."""
    if not rows.task.mapped or not len(rows):
        return ()
    present = np.stack([np.bincount(mask[0].ravel(), minlength=VOID + 1)[:VOID] > 0 for mask in rows.targets])
    test, train = role == Role.TEST, role == Role.TRAIN
    strange = np.any(
        [present[t].any(0) & ~present[learnt].any(0) for t, learnt in zip(test, train, strict=True)], axis=0
    )
    untested = np.asarray(present.any(0) & ~present[test.any(0)].any(0))
    notes = []
    if untested.any():
        notes.append(f"no unseen mask holds the class {_listed(rows, untested)}: the scores say nothing about it")
    if strange.any():
        words = "occur in masks of the test but not in those of the training of their fold: not predictable"
        notes.append(f"class(es) {_listed(rows, strange)} {words}")
    return tuple(notes)


def _listed(rows: Rows, chosen: np.ndarray) -> str:
    places = np.flatnonzero(chosen).tolist()
    return ", ".join(rows.class_name(place) for place in places[:SHOWN]) + " ..." * (len(places) > SHOWN)
