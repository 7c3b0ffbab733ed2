"""Sealed test parts that would hold too little to judge by: rare classes, and few groups.

A class is rare where it has less than half of an even share of the rows: less than 25 % of two classes, 5 % of ten.
"""

from __future__ import annotations

import numpy as np

from isinglass.data.splits.splits import FEWEST, Parts, Rows
from isinglass.spec import Role, Task

ENOUGH = 10
"""Tested rows of a rare class: of 10 the part that is found has a standard error of 0.16 at most."""

MOST = 20_000
"""Tables with more rows are not fitted five times unasked."""

FOLDS = 5


def folds_for(rows: Rows, parts: Parts, kind: str) -> tuple[int, str] | None:
    """How many folds serve better than this sealed part, and a note why; None where it serves.

    Args:
        rows: what is divided.
        parts: with one sealed test part.
        kind: of the split. The past must predict the future, and official parts stay: both as they are.
    """
    if kind in ("official", "time") or len(rows) > MOST:
        return None
    return _few_units(rows, parts) or _rare_class(rows, parts)


def few_tested(rows: Rows, role: np.ndarray) -> tuple[str, ...]:
    """A note for the rarest class where few of its rows are tested, with the cure if there is one."""
    found = _rarest(rows, (role == Role.TEST).any(axis=0))
    if found is None:
        return ()
    label, whole, tested = found
    if not 0 < tested < ENOUGH:
        return ()
    cure = f"; --folds {min(FOLDS, whole)} tests every row once" if tested < whole else ""
    rare = f"class {rows.class_name(label)} is rare ({whole} of {len(rows)} rows)"
    return (f"{rare}: the scores hang on the {tested} that {'is' if tested == 1 else 'are'} tested{cure}",)


def _few_units(rows: Rows, parts: Parts) -> tuple[int, str] | None:
    if parts.units is rows.ids:
        return None
    test = parts.role[0] == Role.TEST
    tested, whole = (len(np.unique(parts.units[chosen])) for chosen in (test, np.ones(len(test), bool)))
    if tested >= FEWEST or whole < FEWEST:
        return None
    note = f"a sealed test part would hold {tested} of {whole} groups: they are divided into {FOLDS} folds instead"
    return FOLDS, note


def _rare_class(rows: Rows, parts: Parts) -> tuple[int, str] | None:
    found = _rarest(rows, parts.role[0] == Role.TEST)
    if found is None or found[2] >= ENOUGH:
        return None
    label, whole, tested = found
    count = min(FOLDS, _smallest(rows), len(np.unique(parts.units)))
    if count < 2:
        return None
    name = rows.class_name(label)
    rare = f"class {name} is rare ({whole} of {len(rows)} rows), a sealed test part would hold {tested}"
    folds = f"every row is tested once, in {count} folds (splits.scheme = 'sealed' seals one part)"
    return count, f"{rare}: {folds}; if a miss of it costs more than a false alarm, evaluation.costs says how much"


def _rarest(rows: Rows, test: np.ndarray) -> tuple[int, int, int] | None:
    """The rarest class if it is rare: its index, its distinct rows, and how many of these are tested."""
    if rows.task is not Task.CLASSIFICATION:
        return None
    label, counts = np.unique(rows.targets[:, 0].astype(np.int64), return_counts=True)
    place = int(counts.argmin())
    if len(label) < 2 or counts[place] >= len(rows) / (2 * len(label)):
        return None
    of_it = rows.targets[:, 0] == label[place]
    whole, tested = (len(np.unique(rows.ids[of_it & chosen])) for chosen in (np.ones(len(rows), bool), test))
    return int(label[place]), whole, tested


def _smallest(rows: Rows) -> int:
    """Distinct rows of the smallest class."""
    label = rows.targets[:, 0]
    return min(len(np.unique(rows.ids[label == one])) for one in np.unique(label))
