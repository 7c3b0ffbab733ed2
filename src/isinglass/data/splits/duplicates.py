"""Equal rows in two parts of a fold: they would be seen in training.

Random and stratified splits keep equal rows together. Where groups, times or places decide, a training row that
equals a test row is left unused instead. Where such rows are many, the columns take few values and equal rows are
chance, not copies: leaving them out would teach the opposite of what the test rows say, so they stay, with a note.
"""

from __future__ import annotations

import numpy as np

from isinglass.spec import Role

CHANCE = 0.1  # part of a fold's training rows above which equal rows count as chance
MANY = 0.1
"""From this share of copies on a note tells how few rows there are."""


def part_copies(role: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Roles int8 [fold, sample] without training copies of test rows, and notes on what was done."""
    if distinct(ids):
        return role, ()
    _, inverse = np.unique(ids, return_inverse=True)
    copy = copies(role, inverse)
    train = np.maximum((role == Role.TRAIN).sum(1), 1)
    chance = copy.sum(1) > CHANCE * train
    parted = np.where(copy & ~chance[:, None], np.int8(Role.UNUSED), role)
    return parted, _notes(copy, chance)


def repeats(role: np.ndarray, ids: np.ndarray) -> tuple[str, ...]:
    """A note where at least one row in ten is a copy of another: roles int8 [fold, sample], ids [sample]."""
    if distinct(ids):
        return ()
    different, inverse = np.unique(ids, return_inverse=True)
    copied = len(ids) - len(different)
    if copied < MANY * len(ids):
        return ()
    apart = "" if copies(role, inverse).any() else "; copies stay in one part"
    return (f"{copied} of {len(ids)} rows are copies of others: {len(different)} distinct rows{apart}",)


def distinct(values: np.ndarray) -> bool:
    """Whether no value [sample] occurs twice; one plain sort, much quicker than finding the copies."""
    ordered = np.sort(values)
    return bool((ordered[1:] != ordered[:-1]).all())


def copies(role: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """The TRAIN rows that equal a TEST row of the same fold: bool [fold, sample], from codes of equal rows [sample]."""
    found = np.zeros(role.shape, bool)
    for fold, row in zip(role, found, strict=True):
        tested = np.zeros(int(inverse.max()) + 1, bool)
        tested[inverse[fold == Role.TEST]] = True
        row[:] = tested[inverse] & (fold == Role.TRAIN)
    return found


def _notes(copy: np.ndarray, chance: np.ndarray) -> tuple[str, ...]:
    notes = []
    left, kept = int(copy[~chance].sum()), int(copy[chance].any(0).sum())
    if left:
        rows = "1 training row that equals" if left == 1 else f"{left} training rows that equal"
        notes.append(f"{rows} a test row of their fold {'is' if left == 1 else 'are'} left unused")
    if kept:
        notes.append(
            f"{kept} training rows equal a test row of their fold: the columns take few values, so this counts as"
            " chance and the rows are used; if they are copies, remove them first"
        )
    return tuple(notes)
