"""Notes in Python: warnings of a category of their own, their cures as keywords instead of flags."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable

from isinglass.errors import StudyWarning

FLAG = re.compile(r"--(target|group|time|latitude|longitude|weight|features|drop) ('[^']+'|[\w.-]*\w)")
SECTIONS = {"folds": "splits.folds", "test": "splits.test", "split": "splits.kind", "loss": "objective.loss"}
SETTING = re.compile(rf"--({'|'.join(SECTIONS)}) ([\w.]*\w)")


def warn(notes: Iterable[str], *, beyond: int) -> None:
    """Warn of each note, as from the line that called; `beyond`: functions between it and that line."""
    for note in notes:
        warnings.warn(in_python(note), StudyWarning, stacklevel=beyond + 1)


def in_python(note: str) -> str:
    """A note with keywords of `ig.fit` for flags: `--time date` is `time='date'`, `--folds 5` a setting."""
    note = re.sub(r"(--latitude \S+) (--longitude)", r"\1, \2", note)
    note = FLAG.sub(lambda found: f"{found[1]}={found[2] if found[2][0] == chr(39) else repr(found[2])}", note)
    return SETTING.sub(lambda found: f"settings={{'{SECTIONS[found[1]]}': {_value(found[2])}}}", note)


def _value(text: str) -> str:
    return text if text.replace(".", "", 1).isdigit() else repr(text)
