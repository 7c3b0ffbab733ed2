"""Why rows cannot judge, however large a gain looks on them; told in place of a winner.

few units: fewer than 5 independent units are tested.
one answer: all tested rows have the same class, labels or number, so that whoever says so is perfect.
not learnt: tested rows are of a class that none of their fold's training rows has, and these are 1 % of the rows or
more, or leave fewer than two classes.
rare: of two classes the rarer, of several all but the most frequent together, is tested by fewer than 5 units.
"""

from __future__ import annotations

import numpy as np

from isinglass.evaluation.intervals import FEWEST, units_of
from isinglass.evaluation.outcome import Outcome
from isinglass.spec import Role, Task

FEWEST_WORDS = f"at least {FEWEST} are needed"
UNLEARNT = 0.01
"""The part of the rows, of classes that nobody could learn, up to which the others still tell who is better."""


def hindrance(outcome: Outcome, unlearnt: np.ndarray, classes: tuple[str, ...] = ()) -> str:
    """A sentence that says why these rows cannot judge; empty where they can.

    Args:
        outcome: of any method on the tested rows: what was observed, and the units.
        unlearnt: bool [sample]: rows of a class that their fold's training rows lack (see `unlearnt_rows`).
        classes: their names.
    """
    if outcome.confusion is not None:  # of masks only counts are kept
        return ""
    units = len(np.unique(outcome.groups))
    if (found := few(units, len(outcome))) and outcome.task is not Task.CLASSIFICATION:
        return found
    if (outcome.observed == outcome.observed[:1]).all():
        return f"Who is better cannot be judged: all unseen rows have the same target{_named(outcome, classes)}."
    if outcome.task is not Task.CLASSIFICATION:
        return ""
    return _not_learnt(outcome, unlearnt, classes) or found or _rare(outcome, classes)


def unlearnt_rows(targets: np.ndarray, role: np.ndarray) -> np.ndarray:
    """Rows whose class is not among the training rows of the fold that tests them.

    Args:
        targets: [sample, 1] class indices.
        role: int8 [fold, sample] of Role.

    Returns:
        bool [sample].
    """
    label, found = targets[:, 0], np.zeros(len(targets), bool)
    for fold in role:
        found |= (fold == Role.TEST) & ~np.isin(label, label[fold == Role.TRAIN])
    return found


def few(units: int, rows: int) -> str:
    """The hindrance of fewer units than an interval needs."""
    return "" if units >= FEWEST else f"Who is better cannot be told from {counted(units, rows)}: {FEWEST_WORDS}."


def counted(units: int, rows: int) -> str:
    """`38 unseen rows`, `994 distinct unseen rows`, `5 independent groups of unseen rows`."""
    plural = "s" * (units != 1)
    if 2 * units > rows:  # copies of a row are one unit
        return f"{units}{' distinct' * (units < rows)} unseen row{plural}"
    return f"{units} independent group{plural} of unseen rows"


def rare_class(outcome: Outcome) -> int | None:
    """The rarest observed class, if it has less than half of an even share of the rows."""
    if outcome.task is not Task.CLASSIFICATION:
        return None
    found, counts = np.unique(outcome.labels, return_counts=True)
    place = int(counts.argmin())
    return int(found[place]) if len(found) > 1 and 2 * len(found) * counts[place] < len(outcome) else None


def _not_learnt(outcome: Outcome, unlearnt: np.ndarray, classes: tuple[str, ...]) -> str:
    if not unlearnt.any():
        return ""
    left = np.unique(outcome.labels[~unlearnt])
    if len(left) > 1 and unlearnt.mean() < UNLEARNT:
        return ""
    lost = np.unique(outcome.labels[unlearnt]).tolist()
    held = units_of(outcome)
    why = "all its rows are in one group" if all(held[one] == 1 for one in lost) else "its rows are in few groups"
    named = ", ".join(_name(one, classes) for one in lost[:5]) + " ..." * (len(lost) > 5)
    plural = "es" * (len(lost) > 1)
    what = f"class{plural} {named} must be told by methods that were never shown it"
    return f"Who is better cannot be judged: {what}, for {why}."


def _rare(outcome: Outcome, classes: tuple[str, ...]) -> str:
    held = units_of(outcome)
    frequent = int(np.bincount(outcome.labels).argmax())
    rare = [one for one in held if one != frequent]
    inside = len(np.unique(outcome.groups[np.isin(outcome.labels, rare)]))
    if inside >= FEWEST:
        return ""
    what = f"class {_name(rare[0], classes)}" if len(rare) == 1 else f"another class than {_name(frequent, classes)}"
    whole = len(np.unique(outcome.groups)) == len(outcome)
    unit = ("row" if whole else "independent group") + "s" * (inside != 1)
    verb = "is" if inside == 1 else "are"
    return f"Who is better cannot be told: {inside} unseen {unit} {verb} of {what}, and at least {FEWEST} are needed."


def _named(outcome: Outcome, classes: tuple[str, ...]) -> str:
    return f", class {_name(int(outcome.labels[0]), classes)}" if outcome.task is Task.CLASSIFICATION else ""


def _name(index: int, classes: tuple[str, ...]) -> str:
    return f"'{classes[index]}'" if index < len(classes) else str(index)
