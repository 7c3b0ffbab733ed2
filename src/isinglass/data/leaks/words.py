"""A doubt in words: what was measured, what it means, what to write."""

from __future__ import annotations

import re
from collections.abc import Sequence

from isinglass.data.leaks.doubts import HIDDEN, Doubt
from isinglass.spec import Task

WHOLE = {"time": "stretches of time", "place": "regions", "group": "such groups", "order": "stretches of the file"}
CURES = {
    "time": "to test on the latest rows",
    "place": "to test on whole regions",
    "group": "to test on others than were learnt",
    "order": "with a column that says when, or --group with one that says of what; row numbers serve as a time",
}


def doubt_words(doubt: Doubt, task: Task, *, python: bool = False) -> str:
    """`Rows with the same 'station' are alike, and random parts put them on both sides: ...: write --group station.`

    `python` writes the cure as a keyword of `ig.fit`.
    """
    score = "R2" if task is Task.REGRESSION else "a Brier skill of"
    measured = (
        f"a quick forest has {score} {_part(doubt.random)} on rows left out at random, {_part(doubt.apart)} where "
        f"whole {WHOLE[doubt.near]} are left out"
        if doubt.hidden >= HIDDEN
        else f"what the inputs do not tell correlates by {doubt.alike:.2f} in neighbours"
    )
    cure = f"write {written(doubt, python=python)} {CURES[doubt.near]}"
    return f"{_upper(_who(doubt))} are alike, and random parts put them on both sides: {measured}; {cure}."


def brief_words(doubts: Sequence[Doubt]) -> str:
    """For the front of a verdict: `rows with the same 'buoy' are alike and fall into both parts (--group buoy)`."""
    return "; ".join(f"{_who(doubt)} are alike and fall into both parts ({written(doubt)})" for doubt in doubts)


def written(doubt: Doubt, *, python: bool = False) -> str:
    """The flags, or the keywords, that keep neighbours together."""
    pairs = doubt.cure or (("time", "COLUMN"),)
    if python:
        return ", ".join(f"{name}={column!r}" for name, column in pairs)
    return " ".join(f"--{name} {_quoted(column)}" for name, column in pairs)


def _who(doubt: Doubt) -> str:
    quoted = [f"'{name}'" for name in doubt.names[:4]]
    names = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}" if quoted else ""
    return {
        "time": f"rows close in time ({names})",
        "place": f"rows close in place ({names})",
        "group": f"rows with the same {names}",
        "order": "rows close to each other in the file",
    }[doubt.near]


def _part(r2: float) -> str:
    return f"{r2:.3f}" if r2 > 0.95 else f"{r2:.2f}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]+", name) else f"'{name}'"
